"""Matching the people of a meeting report to a roster. Plain values: no ORM.

The address decides first, then what an organiser confirmed earlier, then the full name: if it is unique in the roster
and in the file, and no address contradicts it. Everything else is only suggested (docs/decisions/0025).
"""

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.meeting_reports.names import can_be_alias, in_order, is_full_name, normalised
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.reading.report import Flag, ParsedPerson
from attendance.meeting_reports.roster import Aliases, Member, Roster, address_of, addresses_of, names_of, spellings_of

NOT_A_PARTICIPANT = frozenset({Flag.HOST, Flag.ROBOT, Flag.ABSENT})


class MatchBasis(enum.StrEnum):
    """The basis of a match, the most reliable first."""

    EMAIL = "email"
    ALIAS = "alias"
    NAME = "name"


class MatchGroup(enum.StrEnum):
    """The groups of a report's people. Each person is in exactly one."""

    TO_CHOOSE = "to_choose"
    UNKNOWN = "unknown"
    MATCHED = "matched"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Match:
    """The match of one person. `pk`: the member's, in the group MATCHED; `suggestions`: primary keys, the likeliest
    first.
    """

    group: MatchGroup
    pk: int | None = None
    how: MatchBasis | None = None
    suggestions: tuple[int, ...] = ()


def match(people: Sequence[ParsedPerson], roster: Roster, aliases: Aliases) -> list[Match]:
    """Return a match for each person, in the same order. Hosts and robots match only by address or alias."""
    n_called = Counter(name for person in people for name in names_of(person))
    n_shown = Counter(fold(person.name) for person in people)
    return [match_of(person, roster, aliases, n_called, n_shown) for person in people]


def match_of(
    person: ParsedPerson, roster: Roster, aliases: Aliases, n_called: Counter[str], n_shown: Counter[str]
) -> Match:
    """Return the match of one person. `n_called` and `n_shown`: how often the file has each full and each display name."""
    addresses = addresses_of(person)
    registered = addresses - {address_of(person)}  # the registered address takes precedence
    if pk := roster.owner_of(registered) or roster.owner_of(addresses):
        return Match(MatchGroup.MATCHED, pk, MatchBasis.EMAIL)
    confirmed = alias_of(person, roster, aliases, n_shown)
    if confirmed and confirmed.can_be_matched:
        return Match(MatchGroup.MATCHED, confirmed.pk, MatchBasis.ALIAS)
    if person.flags & NOT_A_PARTICIPANT or not person.minutes:
        return Match(MatchGroup.IGNORED)
    if pk := named(person, roster, n_called):
        return Match(MatchGroup.MATCHED, pk, MatchBasis.NAME)
    suggestions = roster.suggestions(person, roster.owners_of(addresses) | ({confirmed.pk} if confirmed else set()))
    return Match(MatchGroup.TO_CHOOSE if suggestions else MatchGroup.UNKNOWN, suggestions=suggestions)


def alias_of(person: ParsedPerson, roster: Roster, aliases: Aliases, n_shown: Counter[str]) -> Member | None:
    """Return the member whom an organiser confirmed for this address or display name.

    A name counts only if it is unique in the file and a full name, and if no address in the file contradicts it.
    """
    addresses, shown = addresses_of(person), fold(person.name)
    by_email = {pk for it in addresses if (pk := aliases.by_email.get(it))}
    if by_email:
        return roster.members.get(by_email.pop()) if len(by_email) == 1 else None
    member = roster.members.get(aliases.by_name.get(shown, 0))
    if member is None or n_shown[shown] > 1 or not can_be_alias(person.name, roster.cities_in(person.name)):
        return None
    return None if roster.contradicts(addresses, member) else member


def named(person: ParsedPerson, roster: Roster, n_called: Counter[str]) -> int | None:
    """Return the primary key of the only member with this full name; None if the file repeats it or an address
    contradicts it.

    The words of the name may be in another order, unless the person has an address that nobody in the roster has.
    """
    called = roster.called(person)
    if len(called) != 1 or any(n_called[it] > 1 for it in names_of(person) if it in roster.by_name):
        return None
    member, addresses = roster.members[called.pop()], addresses_of(person)
    if not (member.can_be_matched and is_full_name(member.name)) or roster.contradicts(addresses, member):
        return None
    alike = [it for it in spellings_of(person) if normalised(it) == roster.names[member.pk] and is_full_name(it)]
    if any(it not in roster.owners for it in addresses):
        alike = [it for it in alike if in_order(it) == in_order(member.name)]
    return member.pk if alike else None
