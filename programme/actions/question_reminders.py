"""Remind people by email of questions that were added after they registered, once for each question (decision 53)."""

import logging
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_idle
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Question, QuestionReminder
from programme.queries.question_reminders import (
    KIND,
    due_reminders,
    editions_reminding,
    may_lack_answers,
    questions_left,
)
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

AT_A_TIME = 100  # emails in one transaction


def remind_of_questions() -> int:
    """Email the people who are to be reminded now, some at a time, each with a commit of their own. Return how many.

    Whose email was withdrawn before it left, as they were not registered or the question not asked for a while, is reminded
    again if it is still to be answered. Raises an ExceptionGroup of what failed, once all editions had their turn.
    """
    QuestionReminder.objects.filter(message__state=Message.State.OUTDATED).delete()
    n_sent, errors = 0, []
    for edition in editions_reminding(timezone.now()):
        try:
            n_sent += remind_in(edition)
        except Exception as error:
            logger.exception("Reminders of questions of edition %s failed", edition.pk)
            errors.append(error)
    if errors:
        msg = "Some people could not be reminded of questions"
        raise ExceptionGroup(msg, errors)
    return n_sent


def remind_in(edition: Edition) -> int:
    numbers = list(may_lack_answers(edition, timezone.now()).order_by("pk").values_list("pk", flat=True))
    batches = [numbers[start : start + AT_A_TIME] for start in range(0, len(numbers), AT_A_TIME)]
    return sum(remind_some(edition, batch) for batch in batches)


@transaction.atomic
def remind_some(edition: Edition, numbers: Collection[int]) -> int:
    """Remind some people (primary keys). Return how many. They are read again under their locks; who is locked waits for the next time."""
    messages = []
    for due in due_reminders(edition, timezone.now(), lock_idle(numbers)):
        message = written_reminder(due.person, due.left)
        rows = [QuestionReminder(participant=due.person, question=it) for it in due.new]
        message.records = [*message.records, *rows]
        messages.append(message)
    post(messages)
    return len(messages)


def written_reminder(person: Participant, questions: Sequence[Question]) -> Message:
    """Compose an email about questions that somebody has not answered. Not saved."""
    return emails.written_to(person, KIND, questions=list(questions))


@transaction.atomic
def compose_reminder(*, participant: Participant) -> Message:
    """Return a reminder of what somebody has not answered. Not saved. Raises ProgrammeError if there is nothing."""
    ((_person, questions),) = questions_left(participant.edition, [participant], timezone.now())
    if not questions:
        raise ProgrammeError(_("They have answered all questions."), code="already_answered")
    return written_reminder(participant, questions)
