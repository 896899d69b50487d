"""The words of certificates by language, and who signs them: plain values.

Only English is built in. An edition gives the words of any other language whole, so that no certificate mixes two.
"""

from collections.abc import Mapping
from typing import Any

ENGLISH = {
    "heading": "Certificate",
    "completed": "has completed {edition}",
    "attended": "took part in {edition}",
    "session": "Session",
    "date": "Date",
    "duration": "Duration",
    "made_up": "made up",
    "total": "Total",
    "issued": "Issued on",
    "check": "Check this certificate at",
    "closing": "",
}
OPTIONAL = frozenset({"closing"})
LONGEST_WORDS = 200
LONGEST_CLOSING = 600
MOST_SIGNATORIES = 3
MOST_LANGUAGES = 12
BUILT_IN = "en"

Words = Mapping[str, str]


def words_in(language: str, given: Mapping[str, Words]) -> dict[str, str]:
    """Return all words of a language: those of the edition, and in English the built-in ones for what it leaves out."""
    own = {key: text for key, text in given.get(language, {}).items() if text}
    return ENGLISH | own if language == BUILT_IN else dict.fromkeys(ENGLISH, "") | own


def missing_words(language: str, words: Words) -> list[str]:
    """Return the words that a language still needs, by key."""
    if language == BUILT_IN:
        return []
    return [key for key in ENGLISH if key not in OPTIONAL and not words.get(key, "").strip()]


def language_for(preferred: str, offered: list[str]) -> str:
    """Return the language of somebody's certificate: the one that they prefer, if it is offered, else the first."""
    return preferred if preferred in offered else offered[0]


def in_sentence(text: str, edition: str) -> str:
    """Return a sentence with the name of the edition in its place."""
    return text.replace("{edition}", edition)


def cleaned_words(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the words by language without empty ones, in the order of the built-in ones."""
    return {language: {key: words[key] for key in ENGLISH if words.get(key)} for language, words in given.items()}
