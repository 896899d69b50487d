"""Delete answers when their time has come: the number of days after the edition that people read beside the question (decision 53)."""

import datetime as dt
import logging
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from programme.actions.answer_history import erase_history
from programme.actions.questions import protect_answers
from programme.actions.registration_drafts import empty_drafts
from programme.models import Edition, Participant, Question
from programme.rules.local_times import local_day
from programme.rules.questions import deleted_on

logger = logging.getLogger(__name__)

AT_A_TIME = 1000


class Deleted(NamedTuple):
    """How many answers were deleted, and how many drafts of registrations had to be emptied of some."""

    n_answers: int
    n_drafts: int


def delete_due_answers() -> Deleted:
    """Delete the answers that are due, edition by edition, with what the history and drafts say of them. Return how many.

    Also protects what was saved while a question became sensitive. Idempotent: the next run goes on where one was killed.
    Raises an ExceptionGroup of what failed, once all had their turn.
    """
    now, errors = timezone.now(), []
    n_answers = n_drafts = 0
    for edition in Edition.objects.filter(questions__kept_days__isnull=False).distinct().order_by("pk"):
        try:
            deleted = delete_due_in(edition, now)
        except Exception as error:
            logger.exception("Deleting answers of edition %s failed", edition.pk)
            errors.append(error)
        else:
            n_answers, n_drafts = n_answers + deleted.n_answers, n_drafts + deleted.n_drafts
    if errors:
        msg = "Some answers could not be deleted"
        raise ExceptionGroup(msg, errors)
    return Deleted(n_answers, n_drafts)


@transaction.atomic
def delete_due_in(edition: Edition, now: dt.datetime) -> Deleted:
    """Delete what is due of one edition, and protect the sensitive answers that stay. Return how many were deleted."""
    kept = list(edition.questions.filter(kept_days__isnull=False).in_order())
    due = [it for it in kept if local_day(now, edition.zone) >= deleted_on(edition.last_on, it.kept_days or 0)]
    for question in kept:
        if question.is_sensitive and not question.is_system and question not in due:
            protect_answers(question)
    if not due:
        return Deleted(0, 0)
    deleted = Deleted(sum(delete_answers_to(question) for question in due), empty_drafts(edition, due))
    if any(deleted):
        logger.info("Deleted %d answers and emptied %d drafts of edition %s", *deleted, edition.slug)
    return deleted


def delete_answers_to(question: Question) -> int:
    """Delete the answers to a question, also from the history, and files. Return how many."""
    if question.is_system:  # sensitive ones: the history never had them
        people = Participant.objects.filter(edition=question.edition_id).exclude(**{question.key: ""})
        return people.update(**{question.key: ""})
    n = 0
    while numbers := list(question.answers.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        question.answers.filter(pk__in=numbers).delete()
        n += len(numbers)
    question.files.all().delete()
    n += question.application_answers.all().delete()[0]
    erase_history(question)
    return n
