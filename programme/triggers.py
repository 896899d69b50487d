"""Database triggers that keep calendars true whoever writes: the admin, a command, or somebody with psql."""

from collections.abc import Sequence

import pgtrigger

# The sessions whose place is the edition's venue, as in Session.place.
AT_THE_VENUE = "room_id IS NULL AND location = '' AND format IN ('in_person', 'break')"

CALENDAR_COLUMNS = (
    *("title", "is_core", "starts_at", "ends_at", "held_on", "date_hint", "status"),
    *("format", "location", "room_id"),
)


def counts_calendar_changes() -> pgtrigger.Trigger:
    """On Session: SEQUENCE grows with each change of what people are told of it (`models.announcement.Facts`), LAST-MODIFIED
    with any (RFC 5545, 3.8.7.4).

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


# A session that takes its people's time: a cancelled one, or one without times, does not.
TIMES = "CASE WHEN s.status <> 'cancelled' THEN {0} END"


def keeps_to_places() -> pgtrigger.Trigger:
    """On Seat: never more people than places, however many choose at once; and the session's times, copied.

    A session's places are its own number or its room's, the smaller one; without either there is no limit. Its row is
    locked until the transaction ends, so that the next one counts what this one did. Seats beyond the places are those
    an organiser declared so. Fewer places later evict nobody.
    """
    return pgtrigger.Trigger(
        name="keeps_to_places",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("n_places", "INT"), ("n_held", "INT")],
        func=f"""
            SELECT {TIMES.format("s.starts_at")}, {TIMES.format("s.ends_at")}, LEAST(s.capacity, r.capacity)
            INTO NEW.starts_at, NEW.ends_at, n_places
            FROM programme_session s LEFT JOIN programme_room r ON r.id = s.room_id
            WHERE s.id = NEW.session_id FOR NO KEY UPDATE OF s;
            IF NEW.state <> 'held' OR NEW.is_overbooked OR n_places IS NULL THEN
                RETURN NEW;
            END IF;
            IF TG_OP = 'UPDATE' THEN
                IF (OLD.state, OLD.session_id, OLD.is_overbooked)
                    IS NOT DISTINCT FROM (NEW.state, NEW.session_id, NEW.is_overbooked) THEN
                    RETURN NEW;
                END IF;
            END IF;
            SELECT count(*) INTO n_held FROM programme_seat
            WHERE session_id = NEW.session_id AND state = 'held' AND id IS DISTINCT FROM NEW.id;
            IF n_held >= n_places THEN
                RAISE EXCEPTION 'all places are taken' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_has_places';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - our own words
    )


def seats_only_those_registered() -> pgtrigger.Trigger:
    """On Seat: nobody else has one, or waits for one; not even where a row is saved that `frees_seats` deleted meanwhile.

    Their row is not locked: whoever changes seats holds the locks of sessions, which whoever withdraws somebody takes last.
    """
    return pgtrigger.Trigger(
        name="seats_only_those_registered",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "participant_id"),  # type: ignore[no-untyped-call]
        func="""
            IF NOT EXISTS (SELECT FROM programme_participant WHERE id = NEW.participant_id AND state = 'registered') THEN
                RAISE EXCEPTION 'only those registered have seats'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_of_somebody_registered';
            END IF;
            RETURN NEW;
        """,
    )


def moves_seats() -> pgtrigger.Trigger:
    """On Session: its seats take its new times, so that nobody comes to hold two at the same time unnoticed."""
    return pgtrigger.Trigger(
        name="moves_seats",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("starts_at", "ends_at", "status"),
        func="""
            UPDATE programme_seat SET session_id = NEW.id WHERE session_id = NEW.id;
            RETURN NEW;
        """,
    )


def frees_seats() -> pgtrigger.Trigger:
    """On Participant: only those registered hold or wait for seats."""
    return pgtrigger.Trigger(
        name="frees_seats",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__state="registered") & ~pgtrigger.Q(new__state="registered"),
        func="""
            DELETE FROM programme_seat WHERE participant_id = NEW.id;
            RETURN NEW;
        """,
    )


def marks_announcements() -> pgtrigger.Trigger:
    """On Message: what it says of sessions is told once it is sent, and not when it does not leave.

    Of one that was overtaken after the line to the mail server had broken nobody knows whether it was told.
    """
    return pgtrigger.Trigger(
        name="marks_announcements",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("state"),
        func="""
            UPDATE programme_announcement SET
                state = CASE WHEN NEW.state = 'outdated' AND NEW.may_have_arrived THEN 'unsure' ELSE NEW.state END,
                told_at = NEW.sent_at
            WHERE message_id = NEW.id;
            RETURN NEW;
        """,
    )


def outdates_messages() -> pgtrigger.Trigger:
    """On Announcement: a message that speaks of a session to a participant who was deleted is not sent any more.

    But for the farewell, which takes the entries out of their calendar.
    """
    return pgtrigger.Trigger(
        name="outdates_messages",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        func="""
            UPDATE outbox_message SET state = 'outdated', lease = NULL, last_error = 'The person was removed.'
            WHERE id = OLD.message_id AND state = 'queued' AND kind <> 'withdrawn';
            RETURN OLD;
        """,
    )


def keeps_sequences() -> pgtrigger.Trigger:
    """On Announcement: the SEQUENCE of one that is deleted is not given out again."""
    return pgtrigger.Trigger(
        name="keeps_sequences",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Q(old__sequence__isnull=False),
        func="""
            INSERT INTO programme_spentsequence AS spent (session_id, sequence) VALUES (OLD.session_id, OLD.sequence)
            ON CONFLICT (session_id) DO UPDATE SET sequence = EXCLUDED.sequence WHERE spent.sequence < EXCLUDED.sequence;
            RETURN OLD;
        """,
    )
