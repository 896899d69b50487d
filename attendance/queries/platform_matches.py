"""Who the people in a meeting are: by the identity we gave them, an address or a confirmed alias. Never by a name alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from attendance.meeting_reports.matching import MatchGroup, alias_of
from attendance.meeting_reports.reading import ParsedPerson
from attendance.meeting_reports.reading.cell_words import is_robot
from attendance.meeting_reports.reading.labels import fold
from attendance.meeting_reports.roster import Aliases, Roster, addresses_of
from attendance.models import PlatformPerson, WayIn
from attendance.personal_links import platform_ids
from attendance.queries.report_roster import aliases_of, roster_of
from programme.models import Session

How = PlatformPerson.How


@dataclass(frozen=True)
class PlatformMatch:
    """Who a person in a meeting is."""

    group: MatchGroup
    pk: int | None = None
    how: str = ""
    suggestions: list[int] = field(default_factory=list)


def matches_of(session: Session, people: Sequence[PlatformPerson], names: Iterable[str]) -> list[PlatformMatch]:
    """Return a match for each person, in the same order. Six queries. `names`: of everybody in the meeting."""
    if not people:
        return []
    roster, aliases = roster_of(session.edition), aliases_of(session.edition)
    ids = {it.own_id for it in people if it.own_id}
    given = (
        WayIn.objects.filter(session=session, own_id__in=ids)
        .order_by()
        .values_list("platform", "own_id", "participant")
    )
    by_own_id = {(platform, own_id): pk for platform, own_id, pk in given}
    n_shown = Counter(fold(it) for it in names)
    return [match_of(it, roster, aliases, by_own_id, n_shown) for it in people]


def match_of(
    person: PlatformPerson,
    roster: Roster,
    aliases: Aliases,
    by_own_id: dict[tuple[str, str], int],
    n_shown: Counter[str],
) -> PlatformMatch:
    """Return who one person is."""
    named = as_parsed(person)
    own = by_own_id.get((person.platform, person.own_id)) or platform_ids.read(person.own_id)
    if own in roster.members and roster.members[own].can_be_matched:
        return PlatformMatch(MatchGroup.MATCHED, own, How.LINK)
    addresses = addresses_of(named)
    if pk := roster.owner_of(addresses):
        return PlatformMatch(MatchGroup.MATCHED, pk, How.EMAIL)
    confirmed = alias_of(named, roster, aliases, n_shown)
    if confirmed and confirmed.can_be_matched:
        return PlatformMatch(MatchGroup.MATCHED, confirmed.pk, How.ALIAS)
    if is_robot(person.name, person.email):
        return PlatformMatch(MatchGroup.IGNORED)
    suggestions = roster.suggestions(named, roster.owners_of(addresses) | ({confirmed.pk} if confirmed else set()))
    return PlatformMatch(MatchGroup.TO_CHOOSE if suggestions else MatchGroup.UNKNOWN, suggestions=list(suggestions))


def as_parsed(person: PlatformPerson) -> ParsedPerson:
    """Return a person as one in a report."""
    return ParsedPerson(person.name, "", person.email, n_lines=1, intervals=(), minutes=1, flags=frozenset())
