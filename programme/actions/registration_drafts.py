"""Drafts of registrations: what somebody typed and has not sent."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from programme.models import Edition, Question, RegistrationDraft
from programme.rules.questions import PREFIX


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
