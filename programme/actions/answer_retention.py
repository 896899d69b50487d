"""Delete answers when their time has come: the number of days after the edition that people read beside the question (decision 53)."""

import logging
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from programme.actions.questions import erase_history, protect_answers
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
    """
    for question in Question.objects.own().filter(privacy=Question.Privacy.SENSITIVE).order_by("pk"):
        with transaction.atomic():
            protect_answers(question)
    n_answers, n_drafts, now = 0, 0, timezone.now()
    for edition in Edition.objects.filter(questions__kept_days__isnull=False).distinct().order_by("pk"):
        kept = edition.questions.filter(kept_days__isnull=False).in_order()
        due = [it for it in kept if local_day(now, edition.zone) >= deleted_on(edition.last_on, it.kept_days or 0)]
        if not due:
            continue
        with transaction.atomic():
            deleted = sum(delete_answers_to(question) for question in due)
            emptied = empty_drafts(edition, due)
        if deleted or emptied:
            logger.info("Deleted %d answers and emptied %d drafts of edition %s", deleted, emptied, edition.slug)
        n_answers, n_drafts = n_answers + deleted, n_drafts + emptied
    return Deleted(n_answers, n_drafts)


def delete_answers_to(question: Question) -> int:
    """Delete the answers to a question, also from the history. Return how many."""
    if question.is_system:  # sensitive ones: the history never had them
        people = Participant.objects.filter(edition=question.edition_id).exclude(**{question.key: ""})
        return people.update(**{question.key: ""})
    n = 0
    while numbers := list(question.answers.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME]):
        question.answers.filter(pk__in=numbers).delete()
        n += len(numbers)
    erase_history(question)
    return n
