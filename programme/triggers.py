"""Database triggers that keep calendars true whoever writes: the admin, a command, or somebody with psql."""

from collections.abc import Sequence

import pgtrigger

# The sessions whose place is the edition's venue, as in Session.place.
AT_THE_VENUE = "room_id IS NULL AND location = '' AND format IN ('in_person', 'break')"

CALENDAR_COLUMNS = ("starts_at", "ends_at", "held_on", "date_hint", "status", "format", "location", "room_id")


def counts_calendar_changes() -> pgtrigger.Trigger:
    """On Session: SEQUENCE grows with each change of time, place or status, LAST-MODIFIED with any (RFC 5545, 3.8.7.4).

    A stale object that is saved cannot set the sequence back; other triggers may push it forward.
    """
    new, old = (", ".join(f"{row}.{column}" for column in CALENDAR_COLUMNS) for row in ("NEW", "OLD"))
    return pgtrigger.Trigger(
        name="counts_calendar_changes",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            NEW.calendar_sequence := GREATEST(
                NEW.calendar_sequence,
                OLD.calendar_sequence + (({new}) IS DISTINCT FROM ({old}))::int
            );
            IF NEW IS DISTINCT FROM OLD THEN
                NEW.changed_at := clock_timestamp();
            END IF;
            RETURN NEW;
        """,
    )


def moves_sessions(*, fields: Sequence[str], where: str) -> pgtrigger.Trigger:
    """On what a session's place is made of: the sessions `where` matches are somewhere else once `fields` change."""
    return pgtrigger.Trigger(
        name="moves_sessions",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*fields),
        func=f"""
            UPDATE programme_session SET calendar_sequence = calendar_sequence + 1 WHERE {where};
            RETURN NEW;
        """,  # noqa: S608 - our own words
    )


def notes_changes() -> pgtrigger.Trigger:
    """On Edition: `changed_at` moves with any change of its row."""
    return pgtrigger.Trigger(
        name="notes_changes",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            IF NEW IS DISTINCT FROM OLD THEN
                NEW.changed_at := clock_timestamp();
            END IF;
            RETURN NEW;
        """,
    )
