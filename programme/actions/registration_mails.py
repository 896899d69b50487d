"""Emails about registration and withdrawal, which add all sessions to a calendar or remove them.

If a session changes before they are sent, they are written again.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Model, Q
from django.utils import timezone

from programme import emails
from programme.models import Announcement, Participant, Session
from programme.queries.announcements import announcement, sessions_to_leave
from programme.queries.calendar_entries import entries_of
from programme.queries.registration_history import was_waiting as left_waiting_list
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post


def tell_of_state(participant: Participant, template: str, *, was_waiting: bool = False) -> Message:
    """Queue "registered", "approved" or "quota_promoted", which add the programme to their calendar, or "withdrawn", which removes it.

    `was_waiting`: they withdraw, or are withdrawn, from the waiting list of their city.
    """
    if template == "withdrawn":
        leaves = sessions_to_leave(participant, timezone.now())
        return emails.queue_to_participant(
            template, participant, leaves=leaves, outlives_person=True, was_waiting=was_waiting
        )
    sessions, now = participant.coming_and_core_sessions(), timezone.now()
    enters = [it for it in sessions if not (it.is_core and it.is_past(now))]
    return emails.queue_to_participant(
        template, participant, enters=enters, core_held=held_before(participant, sessions)
    )


def held_before(participant: Participant, sessions: Iterable[Session]) -> list[Session]:
    """Return those of the core sessions that were over when they registered.

    None for somebody who took over a place: what was done there counts for them.
    """
    if participant.took_over_at:
        return []
    return [it for it in sessions if it.is_core and it.is_over(participant.state_at)]


def tell_newcomers(participants: Sequence[Participant]) -> None:
    """Queue "registered" for people of one edition who were never told anything. Each needs user, city and the edition's venue."""
    if not participants:
        return
    first, *others = participants
    message = tell_of_state(first, "registered")
    known = [it for it in message.records if isinstance(it, Announcement)]
    has_calendars = any(it.method for it in known)
    programme = emails.programme_of(first.edition, [it.session for it in known])
    messages = emails.written_alike("registered", others, has_calendars=has_calendars, **programme)
    post(messages)
    announce_likewise(message.records, [(it.pk, its.pk) for it, its in zip(others, messages, strict=True)])


def tell_approved(participants: Sequence[Participant]) -> None:
    """Queue "approved" for people of one edition who hold no seat yet. Each needs user, city and the edition's venue."""
    sessions = participants[0].coming_sessions() if participants else []
    entries = entries_of(participants, sessions)
    post([emails.written_to(it, "approved", enters=sessions, entries=entries) for it in participants])


def tell_moved(participants: Sequence[Participant]) -> None:
    """Queue "moved" for people. Each needs user, city and edition."""
    post([emails.written_to(it, "moved") for it in participants])


def tell_nobody(participants: Sequence[Participant]) -> None:
    """Record the programme as known to people of one edition who hold no seat yet: no notice of it follows."""
    if not participants:
        return
    first, *others = participants
    known = [
        announcement(first, session, is_theirs=True, state=Announcement.State.WAIVED)
        for session in first.coming_sessions()
    ]
    Announcement.objects.bulk_create(known)
    announce_likewise(known, [(it.pk, None) for it in others])


def announce_likewise(known: Sequence[Model], others: Sequence[tuple[int, int | None]]) -> None:
    """Copy the announcements of one participant to others, given with their messages (primary keys).

    In one statement: objects for 5,000 people and 12 sessions took most of the time of an import.
    """
    fields = [it.column for it in Announcement._meta.concrete_fields if it.name not in {"id", "participant", "message"}]
    columns = ", ".join(f'"{column}"' for column in fields)
    people, messages = zip(*others, strict=True) if others else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO programme_announcement (participant_id, message_id, {columns})
            SELECT other.participant, other.message, {columns}
            FROM unnest(%s::bigint[], %s::bigint[]) AS other (participant, message)
            CROSS JOIN (SELECT {columns} FROM programme_announcement WHERE id = ANY(%s) ORDER BY id) AS known
            """,  # noqa: S608 - constant SQL
            [list(people), list(messages), [it.pk for it in known]],
        )


def write_again(message: Message) -> Message | None:
    """Queue the message again with present facts. Return None for other kinds, or if their state has changed since."""
    wanted = {
        "registered": Participant.State.REGISTERED,
        "approved": Participant.State.REGISTERED,
        "quota_promoted": Participant.State.REGISTERED,
        "withdrawn": Participant.State.WITHDRAWN,
    }
    if message.kind not in wanted:
        return None
    people = Participant.objects.with_people().filter(user=message.user_id, edition=message.context_id)
    participant = people.filter(state=wanted[message.kind]).first()
    if participant is None:
        return None
    has_left_list = message.kind == "withdrawn" and left_waiting_list(participant)
    return tell_of_state(participant, message.kind, was_waiting=has_left_list)


def take_back_all(participant: Participant, reason: str) -> None:
    """Mark their queued messages about sessions as outdated. One that a worker has leased may have arrived."""
    messages = Message.objects.queued().filter(pk__in=participant.announcements.queued().values("message"))
    may_have_arrived = Q(may_have_arrived=True) | Q(lease__isnull=False)
    messages.update(
        state=Message.State.OUTDATED,
        last_error=reason,
        lease=None,
        may_have_arrived=ExpressionWrapper(may_have_arrived, BooleanField()),
    )
