"""Remind people of coming sessions: a row claims each reminder, the outbox delivers it."""

import uuid
from collections.abc import Sequence
from itertools import islice

from django.db import transaction
from django.utils import timezone

from attendance.emails import reminder_to
from attendance.models import Reminder, ReminderRound
from attendance.queries.reminders import Round, day_of, plan
from attendance.rules.reminders import SkipReason, Step
from programme.actions.session_changes import follow_changes
from programme.models import Participant, Seat
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message

AT_A_TIME = 200  # emails in one transaction


def send_due_reminders() -> int:
    """Send the reminders that are due, and record who will not get one, and why. Return how many emails.

    Each reminder is sent once for a start, however many processes try and however often. Changes are sent first, in the
    same run, if the reminder cannot wait for the next one.
    """
    now = timezone.now()
    release_claims()
    rounds = plan(now)
    if urgent := {pk for reminder_round in rounds if reminder_round.loses_use(now) for pk in reminder_round.mentions}:
        follow_changes(urgent=urgent)
        rounds = plan(now)
    n_sent = 0
    for reminder_round in rounds:
        note_skipped(reminder_round)
        due = iter(reminder_round.people(Step.SEND))
        while some := list(islice(due, AT_A_TIME)):
            n_sent += send_some(reminder_round, some)
        if reminder_round.useful.until <= now:
            close(reminder_round)
    return n_sent


@transaction.atomic
def release_claims() -> int:
    """Delete the claims of reminders whose email was outdated before it was sent, so that they are planned again.

    Return how many.
    """
    outdated = Reminder.objects.filter(state=Reminder.State.SENT, message__state=Message.State.OUTDATED)
    rounds = outdated.values_list("session", "offset_minutes", "starts_at").distinct()
    for session, offset, starts_at in rounds:
        ReminderRound.objects.filter(session=session, offset_minutes=offset, starts_at=starts_at).delete()
    n_released, _by_model = outdated.delete()
    return n_released


def note_skipped(reminder_round: Round) -> None:
    """Record the people whom the plan skips, with the reason."""
    Reminder.objects.bulk_create(
        [
            row(reminder_round, pk, state=Reminder.State.SKIPPED, reason=(answer.reason or SkipReason.TOO_LATE).value)
            for pk, answer in reminder_round.answers
            if answer.step is Step.SKIP
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


@transaction.atomic
def send_some(reminder_round: Round, people: Sequence[int]) -> int:
    """Send reminders to the people whose reminder nobody else has claimed. Return how many."""
    claim = uuid.uuid4()
    Reminder.objects.bulk_create(
        [row(reminder_round, pk, state=Reminder.State.SENT, claim=claim) for pk in people], ignore_conflicts=True
    )
    claimed = list(Reminder.objects.filter(claim=claim).order_by("pk"))
    readers = Participant.objects.with_people().in_bulk([it.participant_id for it in claimed])
    day = day_of(reminder_round.session) if claimed else []
    seats = set(
        Seat.objects.held()
        .filter(participant__in=readers, session__in=[it.pk for it in day if it.takes_seats])
        .values_list("participant", "session")
    )
    for reminder in claimed:
        reader = readers[reminder.participant_id]
        own_day = [it for it in day if not it.takes_seats or (reader.pk, it.pk) in seats]
        reminder.message = reminder_to(reader, reminder_round, own_day)
    messages = [it.message for it in claimed if it.message]
    queue.post(messages)
    Reminder.objects.bulk_update(claimed, ["message"])
    return len(messages)


def row(reminder_round: Round, participant: int, **values: object) -> Reminder:
    """Return a reminder of a round, not saved."""
    session = reminder_round.session
    return Reminder(
        participant_id=participant,
        session=session,
        edition_id=session.edition_id,
        offset_minutes=reminder_round.offset_minutes,
        starts_at=reminder_round.starts_at,
        **values,
    )


@transaction.atomic
def close(reminder_round: Round) -> None:
    """Record that a round need not be checked again."""
    ReminderRound.objects.bulk_create(
        [
            ReminderRound(
                session=reminder_round.session,
                offset_minutes=reminder_round.offset_minutes,
                starts_at=reminder_round.starts_at,
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def mute_optional(*, participant: Participant, is_muted: bool, by: User | None) -> bool:
    """Remind a person of core sessions only, or of all again. Return whether that changed anything."""
    with acting(by):
        other = Participant.objects.filter(pk=participant.pk, mutes_optional=not is_muted)
        return bool(other.update(mutes_optional=is_muted))
