"""The table of a programme file about certificates: their languages, words and signatories."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from programme.programme_files.entries import DocumentEntry, Line, Text, field
from programme.programme_files.question_entries import Language
from programme.rules.certificate_words import (
    BUILT_IN,
    LONGEST_CLOSING,
    LONGEST_WORDS,
    MOST_LANGUAGES,
    MOST_SIGNATORIES,
    cleaned_words,
    missing_words,
)
from udtacademy.accounts.models.user import LANGUAGES

Word = Annotated[Line, Field(max_length=LONGEST_WORDS)]


class SignatoryEntry(DocumentEntry):
    name: Annotated[Line, field(120)]
    role: Annotated[Line, Field(max_length=120)] = ""


class WordsEntry(DocumentEntry):
    """The words of a language; in English those that are left out are built in."""

    heading: Word = ""
    completed: Word = ""
    attended: Word = ""
    session: Word = ""
    date: Word = ""
    duration: Word = ""
    made_up: Word = ""
    total: Word = ""
    issued: Word = ""
    check: Word = ""
    closing: Annotated[Text, Field(max_length=LONGEST_CLOSING)] = ""


class CertificateEntry(DocumentEntry):
    TABLES: ClassVar[dict[str, type[DocumentEntry]]] = {"signatories": SignatoryEntry, "words": WordsEntry}

    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=MOST_LANGUAGES)] = Field(
        default=(BUILT_IN,), strict=False, description="a list of languages"
    )
    signatories: Annotated[tuple[SignatoryEntry, ...], Field(max_length=MOST_SIGNATORIES)] = Field(
        default=(), strict=False, description=f"a list of up to {MOST_SIGNATORIES} signatories"
    )
    words: dict[Language, WordsEntry] = Field(default={}, description="words by language")

    def as_row(self) -> dict[str, Any]:
        """Return the values of the layout."""
        words = {language: dict(entry) for language, entry in self.words.items()}
        return {
            "languages": list(self.languages),
            "signatories": [{"name": it.name, "role": it.role} for it in self.signatories],
            "words": cleaned_words(words),
        }


def certificate_mistakes(entry: CertificateEntry) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the table, as keys and sentences."""
    known = dict(LANGUAGES)
    for language in (*entry.languages, *entry.words):
        if language not in known:
            yield "languages", f"expected languages of {', '.join(known)}, found {language}"
    if len(set(entry.languages)) < len(entry.languages):
        yield "languages", "expected each language once"
    for language in entry.languages:
        words = entry.words.get(language, WordsEntry())
        if missing := missing_words(language, dict(words)):
            yield f"words.{language}", f"expected all words of the language, missing: {', '.join(missing)}"
