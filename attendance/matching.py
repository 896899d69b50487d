"""Who of the roster a name and an address in a meeting report are. Plain values: no ORM.

In this order: the address, what an organiser confirmed before, the full name, if it is the only one of its kind in the
roster and in the file. Everything else is suggested, and never assigned by itself.
"""

import enum
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from attendance.reports.labels import fold
from attendance.reports.report import Flag, Person

MOST_SUGGESTIONS = 5
LIKE_ENOUGH = 72  # of 100
MOST_NEAR = 80  # people who are compared with a name, letter by letter
MOST_COUNTED = 2500  # letters in common that are counted to find these
SHORT = 3  # what stands before the @ and says nothing
NOT_A_PARTICIPANT = frozenset({Flag.HOST, Flag.ROBOT, Flag.ABSENT})
TITLES = frozenset(
    [
        "dr",
        "dra",
        "prof",
        "profa",
        "professor",
        "mr",
        "mrs",
        "ms",
        "miss",
        "sir",
        "ing",
        "arq",
        "dott",
        "dottssa",
        "ssa",
        "dipl",
        "mag",
        "phd",
        "msc",
        "mba",
        "sr",
        "sra",
        "srta",
        "mgr",
        "eng",
        "arch",
        "herr",
        "frau",
        "mme",
        "mlle",
        "don",
        "dona",
        "dhr",
        "mevr",
        "mw",
        "pan",
        "pani",
    ]
)
DEVICES = frozenset(
    [
        "iphone",
        "ipad",
        "android",
        "galaxy",
        "samsung",
        "huawei",
        "xiaomi",
        "redmi",
        "oppo",
        "pixel",
        "phone",
        "mobile",
        "tablet",
        "laptop",
        "pc",
        "mac",
        "macbook",
        "desktop",
        "zoom",
        "user",
        "guest",
        "invitado",
        "convidat",
        "gast",
        "invite",
        "ospite",
        "host",
        "room",
        "sala",
        "meeting",
        "participant",
        "admin",
        "unknown",
        "anonymous",
    ]
)
IN_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
BETWEEN_PARTS = re.compile(r"\s+[-–—·•]+\s+|\s*[|/@]\s*")
MOST_PARTS = 4  # dashes in a display name between parts that are looked at one by one
LONGEST_QUERY = 80  # letters of a name that are compared
NUMBER_IN_FRONT = re.compile(r"^\W*\d+[\W_]+")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class How(enum.StrEnum):
    """What a match rests on, the surest first."""

    EMAIL = "email"
    ALIAS = "alias"
    NAME = "name"


class Group(enum.StrEnum):
    """Each person of a report is in exactly one."""

    TO_CHOOSE = "to_choose"
    UNKNOWN = "unknown"
    MATCHED = "matched"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Member:
    """Somebody of the roster. `emails` are folded; `city` is its name."""

    pk: int
    name: str
    emails: frozenset[str]
    city: str


@dataclass(frozen=True)
class Match:
    group: Group
    pk: int | None = None
    how: How | None = None
    suggestions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Aliases:
    """What was confirmed before: address or name, folded → whom it is."""

    by_email: Mapping[str, int] = field(default_factory=dict)
    by_name: Mapping[str, int] = field(default_factory=dict)


def normalised(name: str) -> str:
    """A full name without case, accents, order, punctuation, titles, and what is in brackets."""
    return " ".join(sorted(it for it in fold(IN_BRACKETS.sub(" ", name)).split() if it not in TITLES))


def names_of(person: Person) -> frozenset[str]:
    return full_names(person.name, person.original_name)


@lru_cache(maxsize=20_000)
def full_names(shown: str, original: str) -> frozenset[str]:
    """The full names that a display name may be.

    All of it, without the number that organisers let people put in front, the original one in brackets, and each of the parts
    between dashes.
    """
    parts = {shown, original, *BETWEEN_PARTS.split(IN_BRACKETS.sub(" ", shown), MOST_PARTS)}
    parts |= {NUMBER_IN_FRONT.sub("", it) for it in parts}
    return frozenset(filter(None, map(normalised, parts)))


def address_of(person: Person) -> str:
    """The address, folded; empty for what is none."""
    return person.email.casefold() if ADDRESS.fullmatch(person.email) else ""


def can_be_alias(name: str) -> bool:
    """Whether a name speaks of one person: a bare "iPhone" does not."""
    return any(it not in DEVICES and not it.isdigit() and len(it) > 1 for it in fold(name).split())


def trigrams(text: str) -> set[str]:
    """Three letters that follow each other, and the first two of each word."""
    padded = [f" {word}" for word in text.split()]
    return {word[n : n + 3] for word in padded for n in range(max(1, len(word) - 2))}


class Roster:
    """Whom a report is matched against."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = {it.pk: it for it in members}

    @cached_property
    def by_email(self) -> dict[str, int]:
        return {email: it.pk for it in self.members.values() for email in it.emails}

    @cached_property
    def names(self) -> dict[int, str]:
        return {it.pk: normalised(it.name) for it in self.members.values()}

    @cached_property
    def by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for pk, name in self.names.items():
            if name:
                found[name].append(pk)
        return found

    @cached_property
    def by_trigram(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for member in self.members.values():
            local_parts = (fold(email.partition("@")[0]) for email in member.emails)
            for trigram in trigrams(" ".join((self.names[member.pk], *local_parts))):
                found[trigram].append(member.pk)
        return found

    def near(self, queries: Iterable[str]) -> list[int]:
        """Who has most letters in common with the texts, the rarest letters counted first."""
        wanted = {it for query in queries for it in trigrams(query)}
        shared: Counter[int] = Counter()
        for pks in sorted((self.by_trigram[it] for it in wanted if it in self.by_trigram), key=len):
            if shared and shared.total() + len(pks) > MOST_COUNTED:
                break
            shared.update(pks[:MOST_COUNTED])
        return [pk for pk, _n in shared.most_common(MOST_NEAR)]

    @cached_property
    def by_city(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for member in self.members.values():
            found[fold(member.city)].add(member.pk)
        return {city: pks for city, pks in found.items() if city}

    @cached_property
    def cities_by_word(self) -> dict[str, list[str]]:
        """The cities, by the first word of their names."""
        found: dict[str, list[str]] = defaultdict(list)
        for city in self.by_city:
            found[city.split()[0]].append(city)
        return found

    def called(self, person: Person) -> set[int]:
        return {pk for name in names_of(person) for pk in self.by_name.get(name, ())}

    def suggestions(self, person: Person) -> tuple[int, ...]:
        """The likeliest first. A city in the name narrows them."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - it is large, and only reports have a use for it

        same_name = self.called(person)
        local_part = fold(address_of(person).partition("@")[0])
        queries = {it[:LONGEST_QUERY] for it in names_of(person)} | ({local_part} if len(local_part) > SHORT else set())
        scores: dict[int, float] = dict.fromkeys(same_name, 100.0)
        choices = {pk: self.names[pk] for pk in self.near(queries)}
        for query in queries:
            found = process.extract(
                query, choices, scorer=fuzz.token_set_ratio, limit=4 * MOST_SUGGESTIONS, score_cutoff=LIKE_ENOUGH
            )
            for _name, score, pk in found:
                scores[pk] = max(score, scores.get(pk, 0))
        ranked = sorted(scores, key=lambda pk: (-scores[pk], pk))
        of_city = self.of_named_city(person)
        return tuple([pk for pk in ranked if pk in of_city] or ranked)[:MOST_SUGGESTIONS]

    def of_named_city(self, person: Person) -> set[int]:
        words = fold(person.name).split()
        shown = f" {' '.join(words)} "
        cities = {city for word in words for city in self.cities_by_word.get(word, ()) if f" {city} " in shown}
        return {pk for city in cities for pk in self.by_city[city]}


def match(people: Sequence[Person], roster: Roster, aliases: Aliases) -> list[Match]:
    """One for each person, in their order. Hosts and robots are nobody unless their address or an alias says so."""
    n_called = Counter(name for person in people for name in names_of(person))
    n_shown = Counter(fold(person.name) for person in people)
    return [match_of(person, roster, aliases, n_called, n_shown) for person in people]


def match_of(person: Person, roster: Roster, aliases: Aliases, n_called: Counter[str], n_shown: Counter[str]) -> Match:
    email = address_of(person)
    if pk := roster.by_email.get(email):
        return Match(Group.MATCHED, pk, How.EMAIL)
    if pk := alias_of(person, aliases, n_shown):
        return Match(Group.MATCHED, pk, How.ALIAS)
    if person.flags & NOT_A_PARTICIPANT or not person.minutes:
        return Match(Group.IGNORED)
    called = roster.called(person)
    is_only_one = all(n_called[name] == 1 for name in names_of(person) if name in roster.by_name)
    if len(called) == 1 and is_only_one:
        return Match(Group.MATCHED, next(iter(called)), How.NAME)
    suggestions = roster.suggestions(person)
    return Match(Group.TO_CHOOSE if suggestions else Group.UNKNOWN, suggestions=suggestions)


def alias_of(person: Person, aliases: Aliases, n_shown: Counter[str]) -> int | None:
    """By address, or by a name that is in the file once only."""
    if pk := aliases.by_email.get(address_of(person)):
        return pk
    shown = fold(person.name)
    return aliases.by_name.get(shown) if n_shown[shown] == 1 else None
