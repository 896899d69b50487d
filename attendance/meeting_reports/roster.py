"""The people that a meeting report is matched against, indexed by address, name, trigram and city."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from attendance.meeting_reports.names import full_names, normalised, spellings
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.reading.report import ParsedPerson
from programme.rules.registrations import PUBLIC_DOMAINS, domain_of
from udtacademy.db.addresses import normalised_address

MOST_SUGGESTIONS = 5
LIKE_ENOUGH = 72  # of 100
MOST_NEAR = 80  # members that a name is compared with in full
MOST_COUNTED = 2500  # shared trigrams that are counted to find them
SHORT = 3  # letters before the @ that are too few to compare
LONGEST_QUERY = 80  # letters of a name that are compared
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Member:
    """A person in the roster. Addresses are normalised; `city` is the city's name.

    `emails`: current addresses. `former`: addresses they once verified. `doubtful`: addresses verified on their account
    that somebody else removed, so perhaps never theirs. People who wait for approval can be suggested, but not matched;
    declined people are there only so that their addresses match nobody else.
    """

    pk: int
    name: str
    emails: frozenset[str]
    city: str
    former: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    can_be_matched: bool = True
    can_be_suggested: bool = True


@dataclass(frozen=True)
class Aliases:
    """What organisers confirmed earlier: normalised address or folded name → the participant's primary key."""

    by_email: Mapping[str, int] = field(default_factory=dict)
    by_name: Mapping[str, int] = field(default_factory=dict)


def names_of(person: ParsedPerson) -> frozenset[str]:
    """Return the normalised full names that a person in a file may have."""
    return full_names(person.name, person.original_name) | full_names(person.second_name, "")


def spellings_of(person: ParsedPerson) -> frozenset[str]:
    """Return the texts in which a person's full name may be."""
    return spellings(person.name, person.original_name) | spellings(person.second_name, "")


def address_of(person: ParsedPerson) -> str:
    """Return the person's address, normalised; "" if it is not an address."""
    return normalised_address(person.email) if ADDRESS.fullmatch(person.email) else ""


def addresses_of(person: ParsedPerson) -> frozenset[str]:
    """Return all addresses that the file has for a person, normalised."""
    second = normalised_address(person.second_email) if ADDRESS.fullmatch(person.second_email) else ""
    return frozenset(filter(None, [address_of(person), second]))


def trigrams(text: str) -> set[str]:
    """Return the three-letter sequences in each word, with a blank before the word."""
    padded = [f" {word}" for word in set(text.split())]
    return {word[n : n + 3] for word in padded for n in range(max(1, len(word) - 2))}


class Roster:
    """The members a report is matched against. `domains`: city name → its email domains, as organisers entered them."""

    def __init__(self, members: Iterable[Member], domains: Mapping[str, Iterable[str]] | None = None) -> None:
        self.members = {it.pk: it for it in members}
        self.domains = domains or {}

    @cached_property
    def suggestable(self) -> list[Member]:
        """Return the members who can be suggested."""
        return [it for it in self.members.values() if it.can_be_suggested]

    @cached_property
    def by_email(self) -> dict[str, list[int]]:
        """Map each current address to the members who have it."""
        by_email: dict[str, list[int]] = defaultdict(list)
        for member in self.suggestable:
            for email in member.emails:
                by_email[email].append(member.pk)
        return by_email

    @cached_property
    def owners(self) -> dict[str, set[int]]:
        """Map each address to all members who have or had it."""
        owners: dict[str, set[int]] = defaultdict(set)
        for member in self.members.values():
            for email in member.emails | member.former | member.doubtful:
                owners[email].add(member.pk)
        return owners

    def owners_of(self, addresses: Iterable[str]) -> set[int]:
        """Return the members who have or had any of the addresses."""
        return {pk for address in addresses for pk in self.owners.get(address, ())}

    def owner_of(self, addresses: frozenset[str]) -> int | None:
        """Return the one matchable member who has or had these addresses; None if there are several or none."""
        owners = self.owners_of(addresses)
        if len(owners) != 1:
            return None
        member = self.members[next(iter(owners))]
        return member.pk if member.can_be_matched and addresses & (member.emails | member.former) else None

    @cached_property
    def cities_by_domain(self) -> dict[str, set[str]]:
        """Map each domain to the cities that it belongs to, or whose people have addresses there."""
        cities_by_domain: dict[str, set[str]] = defaultdict(set)
        for city, domains in self.domains.items():
            for domain in domains:
                cities_by_domain[domain].add(city)
        for member in self.members.values():
            for email in member.emails | member.former:
                if (domain := domain_of(email)) not in PUBLIC_DOMAINS:
                    cities_by_domain[domain].add(member.city)
        return cities_by_domain

    def cities_at(self, address: str) -> set[str]:
        """Return the cities whose domain, or a parent of it, the address is at."""
        parts = domain_of(address).split(".")
        above = (".".join(parts[n:]) for n in range(len(parts)))
        return {city for domain in above for city in self.cities_by_domain.get(domain, ())}

    def contradicts(self, addresses: Iterable[str], member: Member) -> bool:
        """Return whether an address belongs to somebody else, or is at another city's domain but not at the member's."""
        unowned = [it for it in addresses if it not in self.owners]
        cities_of_each = [cities for it in unowned if (cities := self.cities_at(it))]
        return bool(self.owners_of(addresses) - {member.pk}) or any(member.city not in it for it in cities_of_each)

    @cached_property
    def names(self) -> dict[int, str]:
        """Map each suggestable member to their normalised name."""
        return {it.pk: normalised(it.name) for it in self.suggestable}

    @cached_property
    def by_name(self) -> dict[str, list[int]]:
        by_name: dict[str, list[int]] = defaultdict(list)
        for pk, name in self.names.items():
            if name:
                by_name[name].append(pk)
        return by_name

    @cached_property
    def by_trigram(self) -> dict[str, list[int]]:
        by_trigram: dict[str, list[int]] = defaultdict(list)
        for member in self.suggestable:
            local_parts = (fold(email.partition("@")[0]) for email in member.emails | member.former)
            for trigram in trigrams(" ".join((self.names[member.pk], *local_parts))):
                by_trigram[trigram].append(member.pk)
        return by_trigram

    def near(self, queries: Iterable[str]) -> list[int]:
        """Return the members who share most letters with the texts, at most MOST_NEAR. Rare letters are counted first."""
        wanted = {it for query in queries for it in trigrams(query)}
        shared: Counter[int] = Counter()
        for pks in sorted((self.by_trigram[it] for it in wanted if it in self.by_trigram), key=len):
            if shared and shared.total() + len(pks) > MOST_COUNTED:
                break
            shared.update(pks[:MOST_COUNTED])
        return [pk for pk, _n in shared.most_common(MOST_NEAR)]

    @cached_property
    def by_city(self) -> dict[str, set[int]]:
        by_city: dict[str, set[int]] = defaultdict(set)
        for member in self.suggestable:
            by_city[fold(member.city)].add(member.pk)
        return {city: pks for city, pks in by_city.items() if city}

    @cached_property
    def cities_by_word(self) -> dict[str, list[str]]:
        """Map the first word of each city's name to the cities."""
        by_word: dict[str, list[str]] = defaultdict(list)
        for city in self.by_city:
            by_word[city.split()[0]].append(city)
        return by_word

    def called(self, person: ParsedPerson) -> set[int]:
        """Return the members who have one of the person's full names."""
        return {pk for name in names_of(person) for pk in self.by_name.get(name, ())}

    def suggestions(self, person: ParsedPerson, first: Iterable[int] = ()) -> tuple[int, ...]:
        """Return at most MOST_SUGGESTIONS members: `first`, then the likeliest.

        A city in the display name restricts the likely ones; a city in the address only orders them.
        """
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - heavy library rarely needed

        addresses = addresses_of(person)
        local_parts = {fold(it.partition("@")[0]) for it in addresses}
        queries = {it[:LONGEST_QUERY] for it in names_of(person)} | {it for it in local_parts if len(it) > SHORT}
        scores: dict[int, float] = dict.fromkeys(self.called(person), 100.0)
        choices = {pk: self.names[pk] for pk in self.near(queries)}
        for query in queries:
            alike = process.extract(
                query, choices, scorer=fuzz.token_set_ratio, limit=4 * MOST_SUGGESTIONS, score_cutoff=LIKE_ENOUGH
            )
            for _name, score, pk in alike:
                scores[pk] = max(score, scores.get(pk, 0))
        cities = {city for it in addresses for city in self.cities_at(it)}
        ranked = sorted(scores, key=lambda pk: (-scores[pk], self.members[pk].city not in cities, pk))
        of_city = self.of_named_city(person)
        known = sorted(pk for pk in first if self.members[pk].can_be_suggested)
        likely = [pk for pk in ranked if pk in of_city] or ranked
        return tuple(dict.fromkeys([*known, *likely]))[:MOST_SUGGESTIONS]

    def of_named_city(self, person: ParsedPerson) -> set[int]:
        """Return the members from the cities in the person's display name."""
        return {pk for city in self.cities_in(person.name) for pk in self.by_city[city]}

    def cities_in(self, name: str) -> set[str]:
        """Return the cities of the roster, folded, that a display name contains."""
        name_words = fold(name).split()
        shown = f" {' '.join(name_words)} "
        return {city for word in set(name_words) for city in self.cities_by_word.get(word, ()) if f" {city} " in shown}
