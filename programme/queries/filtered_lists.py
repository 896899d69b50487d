"""The rows that a list of the admin shows for its filters and its search, worked out again without the list.

A test compares them with the lists. Only what the lists can be asked is answered here.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from programme.models import Edition, Participant, Seat
from programme.queries import answered_filter
from programme.queries.edition_work import is_to_invite
from programme.queries.stopped_addresses import gets_no_emails
from programme.selections import NoSelectionError
from udtacademy.db.addresses import ACE, normalised_address, normalised_domain
from udtacademy.http.parameters import whole_number

M = TypeVar("M", bound=Model)
SEARCH = "q"
OF_THE_PAGE = frozenset({"o", "p", "all", "_facets"})  # how a list is shown, rather than what


@dataclass(frozen=True)
class ListFilter:
    """A filter of a list. `in_words`: what a value is called, in an edition; as it is by default."""

    label: Any
    in_words: Callable[[Edition, str], str] = lambda _edition, value: value


@dataclass(frozen=True)
class FilteredList:
    """What a list can be asked: by lookups, by filters of our own, which have one value, and by searching these fields."""

    filters: Mapping[str, ListFilter]
    searched: Sequence[str]
    own: Mapping[str, Callable[[str, dt.datetime], Q]] = field(default_factory=dict)

    def rows(self, rows: QuerySet[M], query: str, now: dt.datetime) -> QuerySet[M]:
        """Return those of some rows that the list shows for a query string. Raises NoSelectionError for one that it does not
        understand, such as a value that a field cannot have.
        """
        try:
            return rows.filter(self.condition(QueryDict(query), now))
        except (ValueError, ValidationError, OverflowError) as error:
            raise NoSelectionError from error

    def condition(self, given: QueryDict, now: dt.datetime) -> Q:
        parts = Q()
        for name, values in asked(given):
            if name == SEARCH:
                parts &= searching(values[-1], self.searched)
            elif name in self.own:
                if len(values) > 1:  # `in_words` would name them all
                    raise NoSelectionError
                parts &= self.own[name](values[-1], now)
            elif any("\0" in value for value in values):  # the database refuses it, later than here
                raise NoSelectionError
            elif name in self.filters:
                parts &= reduce(or_, (Q(**{name: value}) for value in values))
            else:
                raise NoSelectionError
        return parts

    def query_of(self, given: QueryDict) -> str:
        """Return the part of the list's query string that says which rows it shows."""
        kept = QueryDict(mutable=True)
        for name, values in asked(given):
            if name == SEARCH or name in self.filters:
                kept.setlist(name, values)
        return kept.urlencode()

    def in_words(self, edition: Edition, query: str) -> str:
        """Return a query string in words: "state: registered, city: Girona". A query for each relation."""
        parts = []
        for name, values in asked(QueryDict(query)):
            shown = self.filters.get(name, ListFilter(_("search") if name == SEARCH else name))
            names = ", ".join(shown.in_words(edition, value) for value in values)
            parts.append(_("%(filter)s: %(values)s") % {"filter": shown.label, "values": names})
        return ", ".join(parts) or _("all")


def asked(given: QueryDict) -> Iterator[tuple[str, list[str]]]:
    return ((name, values) for name, values in given.lists() if name not in OF_THE_PAGE and any(values))


def searching(typed: str, fields: Sequence[str]) -> Q:
    """Return the condition that each typed word is in one of the fields, as the admin searches."""
    condition = Q()
    for word in words_of(typed):
        condition &= reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields))
    return condition


def words_of(typed: str) -> Iterator[str]:
    """Yield the words, with addresses as they are stored; text in quotation marks is one word."""
    stored = " ".join(as_stored(word) for word in typed.replace("\0", "").split(" "))
    for word in smart_split(stored):
        is_quoted = word.startswith(('"', "'")) and word[0] == word[-1]
        yield unescape_string_literal(word) if is_quoted else word


def as_stored(word: str) -> str:
    if "@" in word:
        return normalised_address(word)
    return normalised_domain(word) if ACE in word.lower() else word


def choice(label: Any, choices: Sequence[tuple[str, Any]]) -> ListFilter:
    labels = dict(choices)
    return ListFilter(label, lambda _edition, value: str(labels.get(value, value)))


def yes_or_no(label: Any) -> ListFilter:
    return ListFilter(label, lambda _edition, value: _("yes") if value in {"1", "True"} else _("no"))


def name_of_city(edition: Edition, value: str) -> str:
    """Return the name of a city (primary key) of the edition; nothing of others."""
    cities = edition.delegations.filter(city=whole_number(value) or 0).values_list("city__name", flat=True)
    return cities.first() or value


def title_of_session(edition: Edition, value: str) -> str:
    return edition.sessions.filter(pk=whole_number(value) or 0).values_list("title", flat=True).first() or value


PEOPLE = FilteredList(
    {
        "address": choice(_lazy("address"), [("stopped", _lazy("gets no emails"))]),
        "state__exact": choice(_lazy("state"), Participant.State.choices),
        "is_coordinator__exact": yes_or_no(_lazy("coordinator")),
        "expo_pass__exact": choice(_lazy("Expo pass"), Participant.ExpoPass.choices),
        "delegation__city__id__exact": ListFilter(_lazy("city"), name_of_city),
        answered_filter.PARAMETER: ListFilter(_lazy("question"), answered_filter.in_words),
    },
    ["user__name", "user__email", "delegation__city__name", "job_title", "department"],
    {
        "address": lambda _value, _now: gets_no_emails(),
        answered_filter.PARAMETER: lambda value, _now: answered_filter.those_who(value),
    },
)
CITIES = FilteredList(
    {
        "city__country": ListFilter(_lazy("country")),
        "lacks": ListFilter(_lazy("missing"), lambda _edition, _value: _("coordinator, and no open invitation")),
    },
    ["city__name", "edition__name", "edition__slug", "coordinator_email"],
    {"lacks": lambda _value, now: is_to_invite(now)},
)
SEATS = FilteredList(
    {
        "state__exact": choice(_lazy("state"), Seat.State.choices),
        "is_overbooked__exact": yes_or_no(_lazy("beyond capacity")),
        "session__id__exact": ListFilter(_lazy("session"), title_of_session),
    },
    ["participant__user__name", "participant__user__email", "session__title"],
)
