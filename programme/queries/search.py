"""Find people, cities and sessions of an edition by the beginnings of their words, however these are spelt."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.contrib.postgres.search import SearchQueryField
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from programme.models import Delegation, Edition, Participant, PlainName, Session
from programme.rules.plain_words import plain_words, spellings

MOST_MATCHES = 50
T = TypeVar("T")


def names_beginning(edition: Edition, typed: str) -> "QuerySet[PlainName] | None":
    """Return the names of registered people that have words beginning with each typed word, by name; None without words.

    Accents and scripts do not matter (`PlainName`).
    """
    beginnings = beginnings_in(typed)
    return names_with(Value(beginnings), edition) if beginnings else None


def beginnings_in(typed: str) -> str:
    """Return PostgreSQL's search query for words beginning with each typed word, in each spelling; empty without words."""
    return " | ".join(" & ".join(f"'{word}':*" for word in words) for words in spellings(typed))


def names_with(beginnings: Value, edition: Edition | Value) -> "QuerySet[PlainName]":
    """Return the names that a search query (`beginnings_in`) finds in an edition, by name."""
    has_all = Func(
        F("words"),
        Cast(beginnings, SearchQueryField()),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )
    return PlainName.objects.filter(has_all, edition=edition).order_by("name", "participant")


def people_in(edition: Edition, typed: str) -> Sequence[Participant]:
    """Return the first people found, registered or not, those registered by any spelling. One query."""
    names = names_beginning(edition, typed)
    if names is None:
        return ()
    text = typed.replace("\0", " ").strip()
    as_typed = Q(user__name__icontains=text) | Q(user__email__icontains=text)
    people = Participant.objects.with_people().filter(edition=edition)
    matches = people.filter(Q(pk__in=names.order_by().values("participant")) | as_typed)
    return list(matches.order_by("user__name", "pk")[:MOST_MATCHES])


def cities_in(edition: Edition, typed: str) -> Sequence[Delegation]:
    """Return the delegations whose city's name has words beginning with each typed word. One query."""
    delegations = Delegation.objects.filter(edition=edition).select_related("city").order_by("city__name")
    return beginning(delegations, typed, lambda it: it.city.name)


def sessions_in(edition: Edition, typed: str) -> Sequence[Session]:
    """Return the sessions whose title has words beginning with each typed word. One query."""
    sessions = edition.sessions.select_related("edition", "track").order_by("starts_at", "held_on", "pk")
    return beginning(sessions, typed, lambda it: it.title)


def beginning(rows: Iterable[T], typed: str, text_of: Callable[[T], str]) -> list[T]:
    """Return the rows whose text has words beginning with each typed word; none if no word was typed."""
    wanted = spellings(typed)

    def matches(text: str) -> bool:
        present = plain_words(text)
        return any(all(any(it.startswith(word) for it in present) for word in words) for words in wanted)

    return [row for row in rows if matches(text_of(row))][:MOST_MATCHES]
