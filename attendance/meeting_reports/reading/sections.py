"""The union of two sections of a file: one with totals for each person, one with a line for each time they joined."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from attendance.meeting_reports.reading.entries import RawEntry
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.reading.report import Flag

Key = tuple[str, str]  # of somebody in the section of activities: name, address


@dataclass
class SectionUnion:
    """The people of both sections. `n_only_totals`: people taken from the totals.

    `alike`: names shared by several people whom the activities do not tell apart.
    """

    entries: list[RawEntry]
    n_totals: int
    n_only_totals: int = 0
    n_only_activities: int = 0
    alike: list[str] = field(default_factory=list)


def united(totals: Sequence[RawEntry], activities: Sequence[RawEntry]) -> SectionUnion:
    """Return everybody once: the lines of activities, and the totals of people without any.

    People are paired by address or account, then by whole name, then by equal first and last times under different
    names. Activities take over what only the totals have: address, account, registration, other name, role.
    """
    pairing = Pairing(activities)
    rest = [it for it in totals if not pairing.by_address(it)]
    rest = pairing.by_name(rest)
    rest = pairing.by_times(rest)
    several = several_of_one_name(rest)
    mixed = {key for key in pairing.free() if fold(key[0]) in several and not key[1]}
    alike = {fold(key[0]) for key in mixed}
    left = {it.line for it in rest}
    came = [it for it in totals if Flag.ABSENT not in it.flags]
    of_activities = [
        completed(entry, pairing.taken.get(key))
        for key, entries in pairing.people.items()
        if key not in mixed
        for entry in entries
    ]
    return SectionUnion(
        entries=[*of_activities, *rest],
        n_totals=n_people(came),
        n_only_totals=n_people(it for it in came if it.line in left and fold(it.name) not in alike),
        n_only_activities=len(pairing.free() - mixed),
        alike=sorted({key[0] for key in mixed}),
    )


class Pairing:
    """Which people of the activities are which people of the totals."""

    def __init__(self, activities: Iterable[RawEntry]) -> None:
        self.people: dict[Key, list[RawEntry]] = defaultdict(list)
        self.taken: dict[Key, RawEntry] = {}
        for entry in activities:
            self.people[entry.name, entry.email.casefold()].append(entry)
        self.by: dict[str, dict[Hashable, set[Key]]] = {
            kind: defaultdict(set) for kind in ("address", "name", "joined", "left")
        }
        for key, entries in self.people.items():
            for entry in entries:
                for address in addresses_of(entry):
                    self.by["address"][address].add(key)
                self.by["joined"][entry.joined].add(key)
                self.by["left"][entry.left].add(key)
            self.by["name"][fold(key[0])].add(key)

    def free(self) -> set[Key]:
        """Return the people of the activities who are not paired yet."""
        return self.people.keys() - self.taken.keys()

    def take(self, total: RawEntry, keys: Iterable[Key]) -> bool:
        """Pair a line of totals with people of the activities. Return whether there were any."""
        chosen = list(keys)
        for key in chosen:
            self.taken.setdefault(key, total)
        return bool(chosen)

    def by_address(self, total: RawEntry) -> bool:
        """Pair by address or account. Return whether anybody was found."""
        return self.take(total, {key for it in addresses_of(total) for key in self.by["address"].get(it, ())})

    def by_name(self, totals: Iterable[RawEntry]) -> list[RawEntry]:
        """Pair by whole name where it is one person's in the totals. Return the totals that remain."""
        rest: list[RawEntry] = []
        free = self.free()
        named: dict[str, list[RawEntry]] = defaultdict(list)
        for total in totals:
            named[fold(total.name)].append(total)
        for name, people in named.items():
            keys = self.by["name"].get(name, set()) & free if name else set()
            if len({identity(it) for it in people} - {""}) > 1:
                rest += people
                continue
            for total in people:
                fitting = [it for it in keys if not (it[1] and total.email and it[1] != total.email.casefold())]
                if not self.take(total, fitting):
                    rest.append(total)
        return rest

    def by_times(self, totals: Sequence[RawEntry]) -> list[RawEntry]:
        """Pair people with the same first join and last leave, where each is the other's only match. Return the totals
        that remain.
        """
        free = self.free()
        wanted = {
            n: {
                key
                for key in self.by["joined"].get(total.joined, set()) & self.by["left"].get(total.left, set()) & free
                if fits(total, key)
            }
            for n, total in enumerate(totals)
            if total.joined and total.left
        }
        n_wanting: dict[Key, int] = defaultdict(int)
        for keys in wanted.values():
            for key in keys:
                n_wanting[key] += 1
        sure = {n: keys for n, keys in wanted.items() if len(keys) == 1 and all(n_wanting[key] == 1 for key in keys)}
        for n, keys in sure.items():
            self.take(totals[n], keys)
        return [key for n, key in enumerate(totals) if n not in sure]


def fits(total: RawEntry, key: Key) -> bool:
    """Return whether the addresses of a line of totals and a person of the activities do not contradict each other."""
    return not (total.email and key[1] and total.email.casefold() != key[1])


def addresses_of(entry: RawEntry) -> set[str]:
    """Return address and account, lower-case, where they have the form of an address."""
    return {it.casefold() for it in (entry.email, entry.second_email, entry.account) if "@" in it}


def identity(entry: RawEntry) -> str:
    return (entry.email or entry.account).casefold()


def n_people(totals: Iterable[RawEntry]) -> int:
    return len({(it.name, identity(it)) for it in totals})


def several_of_one_name(totals: Iterable[RawEntry]) -> set[str]:
    """Return the names, folded, that several people of the totals have."""
    identities: dict[str, set[str]] = defaultdict(set)
    for total in totals:
        identities[fold(total.name)].add(identity(total))
    return {name for name, people in identities.items() if len(people - {""}) > 1}


def completed(entry: RawEntry, total: RawEntry | None) -> RawEntry:
    """Return a line of activities with what only the totals have about its person."""
    if total is None:
        return entry
    other_name = total.name if fold(total.name) != fold(entry.name) else ""
    return replace(
        entry,
        email=entry.email or total.email,
        second_email=entry.second_email or total.second_email,
        second_name=entry.second_name or total.second_name or other_name,
        account=entry.account or total.account,
        flags=entry.flags | (total.flags & {Flag.HOST}),
    )
