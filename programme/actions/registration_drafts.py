"""Drafts of registrations: what somebody typed and has not sent."""

from typing import Any

from django.utils import timezone

from programme.models import RegistrationDraft
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
