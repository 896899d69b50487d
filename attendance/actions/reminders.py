"""Remind people of coming sessions: a row for each reminder and its email, which the outbox delivers."""

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from attendance.emails import DueReminder, reminders_to
from attendance.models import Reminder, ReminderRound, ReminderSkip
from attendance.queries.reminder_times import day_of
from attendance.queries.reminders import Round, plan
from attendance.rules.reminders import PlannedStep, Step
from programme.actions.session_changes import follow_changes
from programme.models import Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox import queue
from udtacademy.outbox.delivery import EXPIRED
from udtacademy.outbox.models import Message

logger = logging.getLogger(__name__)

REMINDERS_LOCK = 20_261_129  # key of the advisory lock
AT_A_TIME = 100  # emails in one transaction
RUN_LASTS = dt.timedelta(seconds=50)  # then the next run plans again: sessions move, and other rounds become due


class RemindersLockedError(Exception):
    """Another process sends reminders."""


def send_due_reminders() -> int:
    """Send the reminders that are due, and record how many people get none, and why. Return how many emails.

    Ends after RUN_LASTS; the next run sends the rest. Changes are sent first, in the same run, if the reminder cannot wait
    for the next one. Raises RemindersLockedError while another process does it, and, after all rounds, an ExceptionGroup
    of the errors of those that failed.
    """
    with reminders_lock():
        ends_at = monotonic() + RUN_LASTS.total_seconds()
        now = timezone.now()
        release_outdated()
        rounds = plan(now)
        if urgent := {pk for it in rounds if it.loses_use() for pk in it.mentions}:
            follow_changes(urgent=urgent)
            rounds = plan(now)
        return send_rounds(rounds, lambda: monotonic() < ends_at)


@contextmanager
def reminders_lock() -> Iterator[None]:
    """Hold the lock of reminders. Raises RemindersLockedError if another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [REMINDERS_LOCK])
        if not cursor.fetchone()[0]:
            logger.warning("Another process sends reminders; /readyz warns if that lasts")
            raise RemindersLockedError
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REMINDERS_LOCK])


def send_rounds(rounds: Sequence[Round], has_time: Callable[[], bool]) -> int:
    """Send the rounds' reminders while there is time, what is due to one person together. Return how many emails.

    If that fails, the round is tried alone, so that a mistake in one does not stop the others. Raises the errors once all had
    their turn.
    """
    n_sent, errors = 0, []
    for reminder_round in rounds:
        others = [it for it in rounds if it.can_join(reminder_round)]
        try:
            try:
                n_sent += send_round(reminder_round, others, has_time)
            except Exception:
                if not others:
                    raise
                logger.exception("Reminders that leave together failed, and are tried alone")
                n_sent += send_round(reminder_round, [], has_time)
        except Exception as error:
            logger.exception(
                "Reminders of session %s, %s minutes before, failed",
                reminder_round.session.pk,
                reminder_round.offset_minutes,
            )
            errors.append(error)
    if errors:
        msg = "Some reminders could not be sent"
        raise ExceptionGroup(msg, errors)
    return n_sent


@transaction.atomic
def release_outdated() -> int:
    """Delete the reminders whose email was outdated or expired before it was sent, so that those still useful are planned again.

    Return how many.
    """
    expired = Q(message__state=Message.State.FAILED, message__last_error=EXPIRED)
    outdated = Reminder.objects.filter(Q(message__state=Message.State.OUTDATED) | expired)
    rounds = outdated.values_list("session", "offset_minutes", "starts_at").distinct()
    for session, offset, starts_at in rounds:
        ReminderRound.objects.filter(session=session, offset_minutes=offset, starts_at=starts_at).delete()
    n_released, _by_model = outdated.delete()
    return n_released


def send_round(reminder_round: Round, others: Sequence[Round], has_time: Callable[[], bool]) -> int:
    """Send a round's reminders, some at a time, each with their own commit, while there is time. Return how many emails.

    Closes the round if it is over. `others`: rounds whose reminders go along, to those of its people to whom they are due.

    People are read again before they are written to: the last may have waited for minutes.
    """
    numbers = list(due_in(reminder_round).values_list("pk", flat=True))
    n_sent, rounds = 0, [(it, day_of(it.session)) for it in (reminder_round, *others)] if numbers else []
    for start in range(0, len(numbers), AT_A_TIME):
        if not has_time():
            break
        n_sent += send_some(rounds, numbers[start : start + AT_A_TIME])
    if reminder_round.is_over:
        close(reminder_round)
    return n_sent


@transaction.atomic
def send_some(rounds: Sequence[tuple[Round, Sequence[Session]]], numbers: Collection[int]) -> int:
    """Send the first round's reminders to some people (primary keys), with those of other rounds that are due to them.

    Return how many emails. Raises IntegrityError if one of the people was already reminded. `rounds`: each with the sessions of its
    day, see `day_of`. A query for the people, one for each other round, and one for the seats of the days.
    """
    (first, _day), *others = rounds
    readers = list(due_in(first).with_people().filter(pk__in=numbers))
    due_to = {id(it): set(due_in(it).filter(pk__in=numbers).values_list("pk", flat=True)) for it, _day in others}
    parallel = {it.pk for _round, day in rounds for it in day if it.takes_seats}
    held = Seat.objects.held().filter(participant__in=readers, session__in=parallel)
    seats = set(held.values_list("participant", "session"))
    messages = []
    for reader in readers:
        due = [
            DueReminder(it, [other for other in day if not other.takes_seats or (reader.pk, other.pk) in seats])
            for it, day in rounds
            if it is first or reader.pk in due_to[id(it)]
        ]
        message = reminders_to(reader, due)
        rows = [Reminder(participant=reader, edition_id=reader.edition_id, **it.round.key) for it in due]
        message.records = [*message.records, *rows]
        messages.append(message)
    queue.post(messages)
    return len(messages)


def due_in(reminder_round: Round) -> ParticipantQuerySet:
    """Return the people who are to be reminded now."""
    return reminder_round.people(PlannedStep(Step.SEND)).order_by("pk")


@transaction.atomic
def close(reminder_round: Round) -> None:
    """Record that a round is done, and how many people were skipped for which reason."""
    done, is_new = ReminderRound.objects.get_or_create(**reminder_round.key)
    if is_new:
        skips = reminder_round.skipped().items()
        ReminderSkip.objects.bulk_create(
            [ReminderSkip(round=done, reason=reason.value, n_people=n) for reason, n in skips]
        )


@transaction.atomic
def mute_optional(*, participant: Participant, is_muted: bool, by: User | None) -> bool:
    """Remind a person of core sessions only, or of all again. Return whether that changed anything."""
    with acting(by):
        other = Participant.objects.filter(pk=participant.pk, mutes_optional=not is_muted)
        return bool(other.update(mutes_optional=is_muted))
