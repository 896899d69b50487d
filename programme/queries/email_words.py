"""An edition's own words in built-in emails: which there are, and what they say to a reader."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from programme.built_in_emails import BUILT_IN
from programme.calendars.files import absolute
from programme.models import Edition, EmailWords
from programme.rules.email_words import NO_WORDS, Words
from udtacademy.accounts.models import User
from udtacademy.db.prepared import Parameter, prepared
from udtacademy.outbox.render import language_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

Key = tuple[str, str]  # kind and language
OfEdition = Mapping[Key, Words]


def city_of(context: Mapping[str, Any]) -> str:
    if "application" in context:
        return str(context["application"].city_name)
    if "participant" in context:
        return str(context["participant"].delegation.city.name)
    delegation = context["invitation"].delegation if "invitation" in context else context["delegation"]
    return str(delegation.city.name)


def name_of(context: Mapping[str, Any]) -> str:
    if "application" in context:
        return str(context["application"].contact)
    if "speaker" in context:
        return str(context["speaker"])
    return str(context["participant"].user if "participant" in context else context["person"])


# From what an email is about to the value of a placeholder, from nobody's rows but the reader's own.
VALUES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "name": name_of,
    "city": city_of,
    "edition": lambda context: str(context["edition"].name),
    "session": lambda context: str((context["seat"].session if "seat" in context else context["session"]).title),
    "portal_link": lambda context: absolute(context["portal_path"]),
}


@dataclass
class Sample:
    """How a sample is written: in a language, with words that need not be saved. What was there without them is recorded.

    `edition`: whose names, dates and links it has; by default those of an edition that is made up.
    """

    language: str
    words: Words = NO_WORDS
    edition: Edition | None = None
    values: dict[str, str] = field(default_factory=dict)
    opening: str = ""


SAMPLE: ContextVar[Sample | None] = ContextVar("SAMPLE", default=None)


@contextmanager
def sampling(sample: Sample) -> Iterator[None]:
    """Write the emails of the block as samples."""
    token = SAMPLE.set(sample)
    try:
        yield
    finally:
        SAMPLE.reset(token)


class WordsOfTransaction:
    """The words of editions, read once a transaction. Django forgets it, as something to be called, at a commit or a rollback."""

    def __init__(self) -> None:
        self.by_edition: dict[int, OfEdition] = {}

    def __call__(self) -> None:
        """Do nothing after the commit."""


def words_of_transaction() -> WordsOfTransaction | None:
    return next((it[1] for it in connection.run_on_commit if isinstance(it[1], WordsOfTransaction)), None)


def words_of(edition: Edition) -> OfEdition:
    """Return the words of an edition by kind and language. One query a transaction, however many emails are written in it.

    An edition that is not saved, as those of samples, has none.
    """
    if edition._state.adding:  # noqa: SLF001 - Django documents it
        return {}
    memo = words_of_transaction()
    if memo is None:
        memo = WordsOfTransaction()
        transaction.on_commit(memo)
    if edition.pk not in memo.by_edition:
        memo.by_edition[edition.pk] = saved_words(edition)
    return memo.by_edition[edition.pk]


def forget_words(edition: Edition) -> None:
    """Read the words of an edition again, as this transaction has changed them."""
    if memo := words_of_transaction():
        memo.by_edition.pop(edition.pk, None)


def saved_words(edition: Edition) -> dict[Key, Words]:
    """Return the words of an edition by kind and language, as saved. A prepared query."""
    return {(kind, language): Words(*texts) for kind, language, *texts in _words(edition=edition.pk)}


@prepared
def _words() -> "QuerySet[EmailWords, Any]":
    of_edition = EmailWords.objects.filter(edition=Parameter("edition")).order_by()
    return of_edition.values_list("kind", "language", "subject", "opening", "closing")


def reader_language(user: User | None) -> str:
    """Return the language of an email to somebody, or of the sample that is written."""
    sample = SAMPLE.get()
    return sample.language if sample else language_of(user.language if user else "")


def words_for(kind: str, language: str, context: Mapping[str, Any]) -> Words:
    """Return the words of an edition in the email of a kind about `context`, with the reader's values in them.

    Empty if there are none, or if they have a placeholder that there no longer is: the email is then as built in.
    """
    built_in, sample = BUILT_IN.get(kind), SAMPLE.get()
    if built_in is None:
        return NO_WORDS
    words = sample.words if sample else words_of(context["edition"]).get((kind, language), NO_WORDS)
    if sample:
        sample.values = {name: VALUES[name](context) for name in built_in.names}
    if not set(words.names()) <= set(built_in.names):
        return NO_WORDS
    return words.filled({name: VALUES[name](context) for name in words.names()})
