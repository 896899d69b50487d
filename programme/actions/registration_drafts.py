"""Drafts of registrations: what somebody typed and has not sent."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from programme.models import AnswerFile, Edition, Question, RegistrationDraft
from programme.rules.questions import PREFIX
from udtacademy.accounts.models import User

logger = logging.getLogger(__name__)

KEPT_FOR = dt.timedelta(days=30)  # after the last day of the edition


def save_draft(draft: RegistrationDraft, answers: dict[str, Any]) -> None:
    """Save the draft with the answers, whether or not another page of this person has saved one. Of two at the same time, the last counts.

    A form sent without an answer to an own question, as when all choices are unticked, has none.
    """
    before = {name: it for name, it in draft.answers.items() if "name" not in answers or not name.startswith(PREFIX)}
    draft.answers, draft.saved_at = before | answers, timezone.now()
    RegistrationDraft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=["user", "edition"],
        update_fields=["answers", "invitation", "saved_at"],
    )


@transaction.atomic
def delete_unsent(*, user: User, edition: Edition) -> None:
    """Delete what somebody typed and has not sent for an edition, with its files."""
    RegistrationDraft.objects.filter(user=user, edition=edition).delete()
    AnswerFile.objects.unused().filter(uploaded_by=user, question__edition=edition).delete()


def delete_old_drafts() -> int:
    """Delete the drafts for editions that have been over for a while, as they can no longer be sent. Return how many."""
    over = RegistrationDraft.objects.filter(edition__last_on__lt=timezone.now().date() - KEPT_FOR)
    n, _by_model = over.delete()
    if n:
        logger.info("Deleted %d drafts of registrations for editions that are over", n)
    return n


def empty_drafts(edition: Edition, questions: Sequence[Question]) -> int:
    """Take the answers to these questions out of the edition's drafts of registrations and applications.

    Return how many drafts had some.
    """
    names = [it.key if it.is_system else f"{PREFIX}{it.key}" for it in questions]
    n = 0
    for drafts in (edition.drafts, edition.application_drafts):
        for draft in drafts.filter(answers__has_any_keys=names).select_for_update().order_by("pk"):
            draft.answers = {name: it for name, it in draft.answers.items() if name not in names}
            draft.save(update_fields=["answers"])
            n += 1
    return n
