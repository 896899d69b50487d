"""Remind people of coming sessions: a row for each reminder and its email, which the outbox delivers."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from django.db import connection, transaction
from django.utils import timezone

from attendance.emails import reminder_to
from attendance.models import Reminder, ReminderRound, ReminderSkip
from attendance.queries.reminders import Round, day_of, plan
from attendance.rules.reminders import PlannedStep, Step
from programme.actions.session_changes import follow_changes
from programme.models import Participant, Seat, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox import queue
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


def send_rounds(rounds: Iterable[Round], has_time: Callable[[], bool]) -> int:
    """Send the rounds' reminders while there is time. Return how many. Raises the errors once all had their turn."""
    n_sent, errors = 0, []
    for reminder_round in rounds:
        try:
            n_sent += send_round(reminder_round, has_time)
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
    """Delete the reminders whose email was outdated before it was sent, so that they are planned again.

    Return how many.
    """
    outdated = Reminder.objects.filter(message__state=Message.State.OUTDATED)
    rounds = outdated.values_list("session", "offset_minutes", "starts_at").distinct()
    for session, offset, starts_at in rounds:
        ReminderRound.objects.filter(session=session, offset_minutes=offset, starts_at=starts_at).delete()
    n_released, _by_model = outdated.delete()
    return n_released


def send_round(reminder_round: Round, has_time: Callable[[], bool]) -> int:
    """Send a round's reminders, some at a time, each with their own commit, while there is time. Return how many.

    Closes the round if it is over.

    People are read again before they are written to: the last may have waited for minutes.
    """
    due = reminder_round.people(PlannedStep(Step.SEND)).order_by("pk")
    numbers = list(due.values_list("pk", flat=True))
    day = day_of(reminder_round.session) if numbers else []
    n_sent = 0
    for start in range(0, len(numbers), AT_A_TIME):
        if not has_time():
            break
        readers = due.with_people().filter(pk__in=numbers[start : start + AT_A_TIME])
        n_sent += send_some(reminder_round, readers, day)
    if reminder_round.is_over:
        close(reminder_round)
    return n_sent


@transaction.atomic
def send_some(reminder_round: Round, readers: Iterable[Participant], day: Sequence[Session]) -> int:
    """Send reminders to some people. Return how many. Raises IntegrityError if one of them was already reminded.

    `day`: see `day_of`.
    """
    readers = list(readers)
    seats = set(
        Seat.objects.held()
        .filter(participant__in=readers, session__in=[it.pk for it in day if it.takes_seats])
        .values_list("participant", "session")
    )
    messages = []
    for reader in readers:
        own_day = [it for it in day if not it.takes_seats or (reader.pk, it.pk) in seats]
        message = reminder_to(reader, reminder_round, own_day)
        reminder = Reminder(participant=reader, edition_id=reader.edition_id, **reminder_round.key)
        message.records = [*message.records, reminder]
        messages.append(message)
    queue.post(messages)
    return len(messages)


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
