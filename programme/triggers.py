"""Database triggers: rules that hold whatever writes to the database, be it the admin, a command or psql."""

from collections.abc import Sequence

import pgtrigger

# The sessions whose place is the edition's venue, as in Session.place.
AT_THE_VENUE = "room_id IS NULL AND location = '' AND format IN ('in_person', 'break')"

CALENDAR_COLUMNS = (
    *("title", "is_core", "starts_at", "ends_at", "held_on", "date_hint", "status"),
    *("format", "location", "room_id"),
)


def counts_calendar_changes() -> pgtrigger.Trigger:
    """On Session: increase SEQUENCE with each change of its facts (`models.announcement.SessionFacts`), and set LAST-MODIFIED with
    any change (RFC 5545, 3.8.7.4).

    Saving a stale object cannot decrease the sequence; other triggers may increase it.
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
    """On the models a session's place is made of: increase SEQUENCE of the sessions in `where` once `fields` change.

    The sessions are locked in order of primary key, as everywhere; an UPDATE alone locks rows in no defined order.
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
        """,  # noqa: S608 - constant SQL
    )


def notes_changes() -> pgtrigger.Trigger:
    """On Edition: set `changed_at` with any change of its row."""
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


def renews_its_edition() -> pgtrigger.Trigger:
    """On models that the edition's published programme has: update the edition's row, so that what is kept of it expires."""
    return pgtrigger.Trigger(
        name="renews_its_edition",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            UPDATE programme_edition SET changed_at = changed_at WHERE id IN (NEW.edition_id, OLD.edition_id);
            RETURN NULL;
        """,
    )


OVER_QUOTA = (
    "RAISE EXCEPTION 'the quota is used up' USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_within_quota';"
)


def keeps_to_quota() -> pgtrigger.Trigger:
    """On Participant: refuse a registration beyond the delegation's quota, also when several are made at once.

    The delegation is locked until the transaction ends, so that the next one counts this one.
    """
    return pgtrigger.Trigger(
        name="keeps_to_quota",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__state="registered"),
        declare=[("n_quota", "INT"), ("n_taken", "INT")],
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                IF (OLD.state, OLD.delegation_id) IS NOT DISTINCT FROM (NEW.state, NEW.delegation_id) THEN
                    RETURN NEW;
                END IF;
            END IF;
            SELECT quota INTO n_quota FROM programme_delegation WHERE id = NEW.delegation_id FOR NO KEY UPDATE;
            SELECT count(*) INTO n_taken FROM programme_participant
            WHERE delegation_id = NEW.delegation_id AND state = 'registered' AND id IS DISTINCT FROM NEW.id;
            IF n_taken >= n_quota THEN
                {OVER_QUOTA}
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - constant SQL
    )


def keeps_quota_of_those_registered() -> pgtrigger.Trigger:
    """On Delegation: refuse a quota smaller than the number of registered participants."""
    return pgtrigger.Trigger(
        name="keeps_quota_of_those_registered",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("quota"),
        declare=[("n_taken", "INT")],
        func=f"""
            SELECT count(*) INTO n_taken FROM programme_participant
            WHERE delegation_id = NEW.id AND state = 'registered';
            IF n_taken > NEW.quota THEN
                {OVER_QUOTA}
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - constant SQL
    )


# The times of a session's seats: null while it is cancelled.
TIMES = "CASE WHEN s.status <> 'cancelled' THEN {0} END"


def keeps_to_capacity() -> pgtrigger.Trigger:
    """On Seat: refuse held seats beyond the capacity, also when several are taken at once; copy the session's times.

    The capacity is the smaller one of the session's and its room's; without either there is no limit. The session is
    locked until the transaction ends, so that the next seat counts this one. Organisers may overbook (`is_overbooked`).
    A capacity reduced later takes nobody's seat.
    """
    return pgtrigger.Trigger(
        name="keeps_to_capacity",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("n_seats", "INT"), ("n_held", "INT")],
        func=f"""
            SELECT {TIMES.format("s.starts_at")}, {TIMES.format("s.ends_at")}, LEAST(s.capacity, r.capacity)
            INTO NEW.starts_at, NEW.ends_at, n_seats
            FROM programme_session s LEFT JOIN programme_room r ON r.id = s.room_id
            WHERE s.id = NEW.session_id FOR NO KEY UPDATE OF s;
            IF NEW.state <> 'held' OR NEW.is_overbooked OR n_seats IS NULL THEN
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
            IF n_held >= n_seats THEN
                RAISE EXCEPTION 'all seats are taken' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_within_capacity';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - constant SQL
    )


def seats_only_those_registered() -> pgtrigger.Trigger:
    """On Seat: refuse a seat for anybody not registered, also if a stale object is saved that `frees_seats` deleted.

    The participant is not locked here: changing seats and withdrawing somebody both lock the sessions.
    """
    return pgtrigger.Trigger(
        name="seats_only_those_registered",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "participant_id"),  # type: ignore[no-untyped-call]
        func="""
            IF NOT EXISTS (SELECT FROM programme_participant WHERE id = NEW.participant_id AND state = 'registered') THEN
                RAISE EXCEPTION 'only registered participants can have seats'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_of_somebody_registered';
            END IF;
            RETURN NEW;
        """,
    )


def moves_seats() -> pgtrigger.Trigger:
    """On Session: copy its new times to its seats, so that the exclusion constraint checks them again."""
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
    """On Participant: delete the seats of people who are no longer registered, unless they hand them over in that moment."""
    return pgtrigger.Trigger(
        name="frees_seats",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__state="registered")
        & ~pgtrigger.Q(new__state="registered")
        & pgtrigger.Q(new__handed_over_to__isnull=True),
        func="""
            DELETE FROM programme_seat WHERE participant_id = NEW.id;
            RETURN NEW;
        """,
    )


def ends_hand_over() -> pgtrigger.Trigger:
    """On Participant: somebody registered again has a place of their own, and has handed over none."""
    return pgtrigger.Trigger(
        name="ends_hand_over",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(new__handed_over_to__isnull=False) & pgtrigger.Q(new__state="registered"),
        func="""
            NEW.handed_over_to_id := NULL;
            RETURN NEW;
        """,
    )


def marks_announcements() -> pgtrigger.Trigger:
    """On Message: set the state of its announcements.

    One overtaken by a change after the connection to the mail server broke may have arrived: "unsure".
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
    """On Announcement: do not send a queued message to a participant who was deleted.

    Except the withdrawal ("withdrawn"), which removes the sessions from their calendar.
    """
    return pgtrigger.Trigger(
        name="outdates_messages",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        func="""
            UPDATE outbox_message SET state = 'outdated', lease = NULL, last_error = 'The participant was deleted.'
            WHERE id = OLD.message_id AND state = 'queued' AND kind <> 'withdrawn';
            RETURN OLD;
        """,
    )


def keeps_sequences() -> pgtrigger.Trigger:
    """On Announcement: remember the SEQUENCE of a deleted one, so that it is not used again."""
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
