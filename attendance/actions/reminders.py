"""Reminding people of coming sessions: a row claims each reminder, the outbox delivers it."""

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

AT_A_TIME = 200  # e-mails written in one transaction


def send_due_reminders() -> int:
    """Write to everybody whom the plan names now, and note who is not written to any more, and why. How many e-mails.

    However many do this at once, and however often: each reminder is written once for a start. What has changed is told
    first, in the same run, where the reminder could not wait for that.
    """
    now = timezone.now()
    give_back_claims()
    rounds = plan(now)
    if urgent := {pk for it in rounds if it.loses_use(now) for pk in it.speaks_of}:
        follow_changes(urgent=urgent)
        rounds = plan(now)
    n_sent = 0
    for found in rounds:
        note_skipped(found)
        due = iter(found.people(Step.SEND))
        while some := list(islice(due, AT_A_TIME)):
            n_sent += send_some(found, some)
        if found.useful.until <= now:
            close(found)
    return n_sent


@transaction.atomic
def give_back_claims() -> int:
    """Reminders whose e-mail was overtaken by a change before it left were not sent: the plan decides anew. How many."""
    taken_back = Reminder.objects.filter(state=Reminder.State.SENT, message__state=Message.State.OUTDATED)
    rounds = taken_back.values_list("session", "lead_minutes", "starts_at").distinct()
    for session, lead, starts_at in rounds:
        ReminderRound.objects.filter(session=session, lead_minutes=lead, starts_at=starts_at).delete()
    n_given_back, _by_model = taken_back.delete()
    return n_given_back


def note_skipped(found: Round) -> None:
    """Note whom the plan passes over for good, with the reason."""
    Reminder.objects.bulk_create(
        [
            row(found, pk, state=Reminder.State.SKIPPED, reason=(answer.reason or SkipReason.TOO_LATE).value)
            for pk, answer in found.answers
            if answer.step is Step.SKIP
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )


@transaction.atomic
def send_some(found: Round, people: Sequence[int]) -> int:
    """Write to those whose reminder nobody else has claimed. How many."""
    claim = uuid.uuid4()
    Reminder.objects.bulk_create(
        [row(found, pk, state=Reminder.State.SENT, claim=claim) for pk in people], ignore_conflicts=True
    )
    claimed = list(Reminder.objects.filter(claim=claim).order_by("pk"))
    readers = Participant.objects.with_people().in_bulk([it.participant_id for it in claimed])
    day = day_of(found.session) if claimed else []
    seats = set(
        Seat.objects.held()
        .filter(participant__in=readers, session__in=[it.pk for it in day if it.takes_seats])
        .values_list("participant", "session")
    )
    for reminder in claimed:
        reader = readers[reminder.participant_id]
        own_day = [it for it in day if not it.takes_seats or (reader.pk, it.pk) in seats]
        reminder.message = reminder_to(reader, found, own_day)
    messages = [it.message for it in claimed if it.message]
    queue.post(messages)
    Reminder.objects.bulk_update(claimed, ["message"])
    return len(messages)


def row(found: Round, participant: int, **values: object) -> Reminder:
    session = found.session
    return Reminder(
        participant_id=participant,
        session=session,
        edition_id=session.edition_id,
        lead_minutes=found.lead_minutes,
        starts_at=found.starts_at,
        **values,
    )


@transaction.atomic
def close(found: Round) -> None:
    """Note that nobody is left."""
    ReminderRound.objects.bulk_create(
        [ReminderRound(session=found.session, lead_minutes=found.lead_minutes, starts_at=found.starts_at)],
        ignore_conflicts=True,
    )


@transaction.atomic
def mute_optional(*, participant: Participant, is_muted: bool, by: User | None) -> bool:
    """Remind somebody of core sessions only, or of all again. Whether that changed something."""
    with acting(by):
        other = Participant.objects.filter(pk=participant.pk, mutes_optional=not is_muted)
        return bool(other.update(mutes_optional=is_muted))
