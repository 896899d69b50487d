"""Clone what an edition says: its library of texts, its own words in built-in emails, and the layout of its certificates."""

from typing import Any

from programme.models import CertificateLayout, Edition, EmailWords, SavedText
from programme.programme_files.clone_steps import COPIED_OF_SETS

COPIED_OF_TEXTS = ("name", "subject", "text")
COPIED_OF_LAYOUTS = ("languages", "words", "signatories")
COPIED_OF_WORDS = ("kind", "language", "subject", "opening", "closing")


def texts_of(edition: Edition) -> list[tuple[Any, ...]]:
    """Return all that is copied, and the questions about sessions. Four queries."""
    texts = edition.saved_texts.values_list(*COPIED_OF_TEXTS)
    layouts = CertificateLayout.objects.filter(edition=edition).values_list(*COPIED_OF_LAYOUTS)
    sets = edition.feedback_sets.values_list("session", *COPIED_OF_SETS)
    return [*texts, *edition.email_words.values_list(*COPIED_OF_WORDS), *layouts, *sets]


def clone_texts(edition: Edition, clone: Edition) -> None:
    """Save the texts of the new edition."""
    texts, words = edition.saved_texts.values(*COPIED_OF_TEXTS), edition.email_words.values(*COPIED_OF_WORDS)
    SavedText.objects.bulk_create(SavedText(edition=clone, **it) for it in texts)
    EmailWords.objects.bulk_create(EmailWords(edition=clone, **it) for it in words)
    for layout in CertificateLayout.objects.filter(edition=edition).values(*COPIED_OF_LAYOUTS):
        CertificateLayout.objects.create(edition=clone, **layout)
