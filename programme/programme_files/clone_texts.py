"""Clone what an edition says in emails: its library of texts, and its own words in built-in emails."""

from programme.models import Edition, EmailWords, SavedText

COPIED_OF_TEXTS = ("name", "subject", "text")
COPIED_OF_WORDS = ("kind", "language", "subject", "opening", "closing")


def texts_of(edition: Edition) -> list[tuple[str, ...]]:
    """Return all that is copied. Two queries."""
    texts = edition.saved_texts.values_list(*COPIED_OF_TEXTS)
    return [*texts, *edition.email_words.values_list(*COPIED_OF_WORDS)]


def clone_texts(edition: Edition, clone: Edition) -> None:
    """Save the texts of the new edition."""
    texts, words = edition.saved_texts.values(*COPIED_OF_TEXTS), edition.email_words.values(*COPIED_OF_WORDS)
    SavedText.objects.bulk_create(SavedText(edition=clone, **it) for it in texts)
    EmailWords.objects.bulk_create(EmailWords(edition=clone, **it) for it in words)
