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
    """On what a session's place is made of: the sessions `where` matches are somewhere else once `fields` change.

    They are locked in the order of their numbers, as everybody locks them: an UPDATE takes rows as they happen to lie.
    """
    return pgtrigger.Trigger(
        name="moves_sessions",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*fields),
        func=f"""
            PERFORM FROM programme_session WHERE {where} ORDER BY id FOR NO KEY UPDATE;
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


TOO_MANY = (
    "RAISE EXCEPTION 'all seats are taken' USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_has_seats';"
)


def keeps_to_seats() -> pgtrigger.Trigger:
    """On Participant: nobody becomes registered beyond the delegation's seats, however many try at once.

    The delegation's row is locked until the transaction ends, so that the next one counts what this one did.
    """
    return pgtrigger.Trigger(
        name="keeps_to_seats",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__state="registered"),
        declare=[("n_seats", "INT"), ("n_taken", "INT")],
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                IF (OLD.state, OLD.delegation_id) IS NOT DISTINCT FROM (NEW.state, NEW.delegation_id) THEN
                    RETURN NEW;
                END IF;
            END IF;
            SELECT seats INTO n_seats FROM programme_delegation WHERE id = NEW.delegation_id FOR NO KEY UPDATE;
            SELECT count(*) INTO n_taken FROM programme_participant
            WHERE delegation_id = NEW.delegation_id AND state = 'registered' AND id IS DISTINCT FROM NEW.id;
            IF n_taken >= n_seats THEN
                {TOO_MANY}
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - our own words
    )


def keeps_seats_of_those_registered() -> pgtrigger.Trigger:
    """On Delegation: its seats never become fewer than the people registered."""
    return pgtrigger.Trigger(
        name="keeps_seats_of_those_registered",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("seats"),
        declare=[("n_taken", "INT")],
        func=f"""
            SELECT count(*) INTO n_taken FROM programme_participant
            WHERE delegation_id = NEW.id AND state = 'registered';
            IF n_taken > NEW.seats THEN
                {TOO_MANY}
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - our own words
    )
