"""Ask people by email whether they still come to the days in person (decision 51)."""

import logging
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_idle
from programme.errors import ProgrammeError
from programme.models import ComingQuestion, Edition, Participant
from programme.queries.coming import AskingEdition, asking_edition, due_emails, editions_asking, without_answer
from programme.rules.coming import ComingEmail, ComingRule
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

AT_A_TIME = 100  # emails in one transaction


def ask_who_comes() -> int:
    """Email the people who are to be asked now, some at a time, each with a commit of their own. Return how many.

    Raises an ExceptionGroup of what failed, once all editions had their turn.
    """
    release_outdated()
    n_sent, errors = 0, []
    for asking in editions_asking(timezone.now()):
        try:
            n_sent += ask_in(asking)
        except Exception as error:
            logger.exception("Asking who comes to edition %s failed", asking.edition.pk)
            errors.append(error)
    if errors:
        msg = "Some people could not be asked whether they come"
        raise ExceptionGroup(msg, errors)
    return n_sent


def release_outdated() -> None:
    """Delete the rows of questions that were outdated before they were sent, so that people can be asked once it is time."""
    ComingQuestion.objects.filter(message__state=Message.State.OUTDATED).delete()


def ask_in(asking: AskingEdition) -> int:
    """Email the people of one edition. Return how many."""
    numbers = [person.pk for person, _email in due_emails(asking, timezone.now())]
    batches = [numbers[start : start + AT_A_TIME] for start in range(0, len(numbers), AT_A_TIME)]
    return sum(ask_some(asking.edition, batch) for batch in batches)


@transaction.atomic
def ask_some(edition: Edition, numbers: Collection[int]) -> int:
    """Email some people (primary keys). Return how many. Who is locked is asked the next time.

    The people are read again under their locks, and so is the rule: the days may have moved, or the question been switched off.
    """
    locked, now = lock_idle(numbers), timezone.now()
    asking = next(iter(editions_asking(now, edition)), None)
    due = due_emails(asking, now, among=locked) if asking else []
    post([question_to(person, asking.rule, email) for person, email in due] if asking else [])
    return len(due)


def question_to(person: Participant, rule: ComingRule, email: ComingEmail) -> Message:
    """Compose an email that asks somebody, with the row that stands for it. Not saved."""
    message = written_question(person, rule, is_reminder=email is ComingEmail.REMINDER)
    days = {"first_on": rule.days.first_on, "last_on": rule.days.last_on}
    row = ComingQuestion(participant=person, is_reminder=email is ComingEmail.REMINDER, **days)
    message.records = [*message.records, row]
    return message


def written_question(person: Participant, rule: ComingRule, *, is_reminder: bool) -> Message:
    """Compose an email that asks somebody whether they come. It is not sent once nobody can answer. Not saved."""
    return emails.written_to(person, "coming_question", rule=rule, is_reminder=is_reminder, expires_at=rule.ends_at)


@transaction.atomic
def compose_question(*, participant: Participant) -> Message:
    """Return the question to somebody who has not answered. Not saved. Raises ProgrammeError if there is nothing to ask."""
    asking = asking_edition(participant.edition)
    now = timezone.now()
    if asking is None or not asking.rule.is_open(now) or not without_answer(asking).filter(pk=participant.pk).exists():
        raise ProgrammeError(_("They have answered, or nobody is asked at the moment."), code="nothing_to_answer")
    return written_question(participant, asking.rule, is_reminder=False)
