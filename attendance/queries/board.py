"""The organisers' picture: cities as groups, people as rows, sessions as columns; filtered, paged by city, with totals.

The number of queries is the same however many people there are.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, F, Q

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.models.actual_time import end_of
from attendance.queries import standing
from attendance.queries.attendance_records import is_of_any
from attendance.queries.sessions import attended_sessions
from attendance.rules import attendance as rules
from attendance.rules.attendance import AttendanceStatus, ShownState
from attendance.rules.standing import Reasoned
from programme.models import Delegation, Edition, Participant, Seat, Session

MOST_PEOPLE = 500  # on a page; a city is never torn apart
THERE = frozenset({AttendanceStatus.HERE, *rules.WAS_THERE})


@dataclass(frozen=True)
class Filters:
    """What of an edition is looked at; empty is everything. `with_optional`: sessions that are not core, too.

    `is_undecided`: only people about whom an organiser has to decide.
    """

    city: int | None = None
    track: int | None = None
    standing: str = ""
    with_optional: bool = True
    is_undecided: bool = False


class Listed(NamedTuple):
    """Somebody of the board, before a page shows them: of thousands no more is read."""

    pk: int
    delegation: int
    state: str
    state_at: dt.datetime

    @property
    def is_registered(self) -> bool:
        return self.state == Participant.State.REGISTERED

    @property
    def registered_at(self) -> dt.datetime | None:
        return self.state_at if self.is_registered else None


@dataclass(frozen=True, slots=True)
class BoardCell:
    state: ShownState
    attendance: wording.Measured | None
    is_expected: bool
    is_asked: bool = False  # a request waits for an organiser

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def words(self) -> str:
        """ "present: 85 minutes, meeting report"."""
        return wording.of_cell(self.state, self.basis)

    @property
    def basis(self) -> str:
        return wording.basis(self.attendance) if self.attendance else ""

    @property
    def css(self) -> str:
        """Classes: the state, whether an organiser decided, whether somebody asks."""
        is_decided = self.attendance is not None and self.attendance.source == Attendance.Source.DECISION
        return f"s-{self.state.value}" + (" is-decided" if is_decided else "") + (" is-asked" if self.is_asked else "")


@dataclass(frozen=True)
class BoardRow:
    participant: Participant
    standing: Reasoned[Session]
    cells: Sequence[BoardCell]

    @property
    def standing_word(self) -> str:
        return str(wording.STANDINGS[self.standing.standing])


@dataclass(frozen=True)
class Total:
    """How many were there, of how many who should have been; of a column, or of a column within a city."""

    n_there: int
    n_expected: int
    has_begun: bool

    def __str__(self) -> str:
        """Empty where nobody was expected, or nobody can have come yet."""
        return f"{self.n_there}/{self.n_expected}" if self.n_there or (self.has_begun and self.n_expected) else ""


@dataclass(frozen=True)
class CityGroup:
    """A city with its rows, and its totals by column."""

    delegation: Delegation
    rows: Sequence[BoardRow]
    have_begun: Sequence[bool]  # by column

    @property
    def totals(self) -> list[Total]:
        registered = [row for row in self.rows if row.participant.is_registered]
        return [
            total_of([row.cells[number] for row in registered], has_begun=has_begun)
            for number, has_begun in enumerate(self.have_begun)
        ]


def total_of(cells: Sequence[BoardCell], *, has_begun: bool) -> Total:
    """Of those registered by its end; whoever was let in without a seat is there without having been expected."""
    n_there = sum(cell.state.value in THERE for cell in cells)
    return Total(n_there, sum(cell.is_expected and cell.state is not ShownState.NOT_YET for cell in cells), has_begun)


@dataclass
class Board:
    """A page of the board."""

    edition: Edition
    filters: Filters
    page: int
    now: dt.datetime
    is_whole: bool = False  # all pages as one, for exports

    @cached_property
    def sessions(self) -> list[Session]:
        """The columns: core sessions first, then by time. What is cancelled stays where somebody has attended it."""
        found = attended_sessions(self.edition).select_related("track", "actual_time")
        attended = Attendance.objects.established().filter(edition=self.edition).values("session")
        found = found.filter(~Q(status=Session.Status.CANCELLED) | Q(pk__in=attended)).in_programme_order()
        if not self.filters.with_optional:
            found = found.filter(is_core=True)
        if self.filters.track:
            found = found.filter(Q(track=None) | Q(track=self.filters.track))
        sessions = sorted(found, key=lambda it: not it.is_core)
        for session in sessions:
            session.edition = self.edition
        return sessions

    @property
    def have_begun(self) -> list[bool]:
        return [it.starts_at is not None and it.starts_at <= self.now for it in self.sessions]

    @cached_property
    def core(self) -> list[Session]:
        """What the standing depends on, also where a filter hides some of the columns."""
        return standing.core_sessions(self.edition)

    @cached_property
    def people(self) -> list[Listed]:
        """Everybody the filters leave, by city and name: those registered, and whoever attended before they withdrew."""
        attended = Attendance.objects.established().filter(edition=self.edition).values("participant")
        people = self.edition.participants.filter(Q(state=Participant.State.REGISTERED) | Q(pk__in=attended))
        if self.filters.city:
            people = people.filter(delegation=self.filters.city)
        if self.filters.track:
            seats = Seat.objects.held().filter(session__track=self.filters.track)
            people = people.filter(pk__in=seats.values("participant"))
        if self.filters.is_undecided:
            undecided = Attendance.objects.filter(edition=self.edition).undecided(self.now)
            people = people.filter(pk__in=undecided.values("participant"))
        ordered = people.order_by("delegation__city__name", "delegation_id", "user__name", "pk")
        found = [Listed(*it) for it in ordered.values_list(*Listed._fields)]
        if self.filters.standing:
            statuses = standing.statuses_in(self.core)
            found = [
                it
                for it in found
                if self.standing_of(it, statuses.get(it.pk, {})).standing.value == self.filters.standing
            ]
        return found

    @cached_property
    def core_seats(self) -> standing.Seats:
        return standing.seats_in(self.core)

    def standing_of(self, participant: Listed, own: Mapping[int, wording.Established]) -> Reasoned[Session]:
        """`own`: what is recorded of them, by session."""
        core = standing.own_core(participant.pk, self.core, own, self.core_seats)
        return standing.standing_of(
            standing.statuses_now(own, core, participant.registered_at, self.now), core, self.now
        )

    @cached_property
    def pages(self) -> list[list[Listed]]:
        """The people page by page: as many cities as fit."""
        by_city: dict[int, list[Listed]] = defaultdict(list)
        for participant in self.people:
            by_city[participant.delegation].append(participant)
        pages: list[list[Listed]] = [[]]
        for members in by_city.values():
            if pages[-1] and len(pages[-1]) + len(members) > MOST_PEOPLE:
                pages.append([])
            pages[-1] += members
        return pages

    @property
    def number(self) -> int:
        """The page shown, from 1."""
        return 1 if self.is_whole else max(1, min(self.page, len(self.pages)))

    @cached_property
    def groups(self) -> list[CityGroup]:
        return list(self.read_groups())

    def read_groups(self) -> Iterator[CityGroup]:
        """Page by page where all of them are wanted: four queries each, and no more in memory than a page has."""
        for page in self.pages if self.is_whole else [self.pages[self.number - 1]]:
            yield from self.groups_on(page)

    def groups_on(self, people: Sequence[Listed]) -> list[CityGroup]:
        pks = [it.pk for it in people]
        shown = self.edition.participants.select_related("user", "delegation__city").in_bulk(pks)
        is_all = len(pks) == len(self.people) and not self.filters.city  # then the edition says it shorter
        within = Q(edition=self.edition) if is_all else Q(participant__in=pks)
        columns = [it.pk for it in self.sessions]
        known = {*columns, *(it.pk for it in self.core)}  # a filter may hide core sessions, on which the standing rests
        established = Attendance.objects.established().filter(within, session__in=known)
        rows = {
            (participant, session): wording.Established(*found)
            for participant, session, *found in established.values_list(
                "participant", "session", *wording.Established._fields
            ).iterator()
        }
        seats = set(Seat.objects.held().filter(within).values_list("participant", "session"))
        asked = set(Excuse.objects.asked().filter(within).values_list("participant", "session"))
        moments = [wording.moment_of(it) for it in self.sessions]
        otherwise = [moment.without_evidence(self.now) for moment in moments]
        takes_seats = [it.takes_seats for it in self.sessions]
        by_city: dict[Delegation, list[BoardRow]] = defaultdict(list)
        for listed in people:
            if (participant := shown.get(listed.pk)) is None:
                continue  # gone meanwhile
            participant.edition = self.edition
            of_core = ((it.pk, rows.get((listed.pk, it.pk))) for it in self.core)
            own = {pk: found for pk, found in of_core if found}
            cells = []
            for number, pk in enumerate(columns):
                key = (participant.pk, pk)
                attendance = rows.get(key)
                is_expected = participant.is_registered and (not takes_seats[number] or key in seats)
                status = wording.status_of(attendance, moments[number], listed.registered_at, self.now)
                state = rules.state(status, is_expected=is_expected, otherwise=otherwise[number])
                cells.append(BoardCell(state, attendance, is_expected, key in asked))
            by_city[participant.delegation].append(BoardRow(participant, self.standing_of(listed, own), cells))
        return [CityGroup(delegation, members, self.have_begun) for delegation, members in by_city.items()]

    @cached_property
    def totals(self) -> list[Total]:
        """How many of all whom the filters leave were at each session, whatever the page. Two queries."""
        registered = [it.pk for it in self.people if it.is_registered]
        since = sorted(it.state_at for it in self.people if it.is_registered)

        def registered_before(moment: dt.datetime | None) -> int:
            return bisect_left(since, moment) if moment else len(since)

        of_them = is_of_any(registered)
        moments = {it.pk: wording.moment_of(it) for it in self.sessions}
        recorded = Attendance.objects.established().filter(of_them, session__in=moments)
        n_there: Counter[int] = Counter()
        for session, status, source, n in (
            recorded.values_list("session", "status", "source").annotate(n=Count("pk")).order_by()
        ):
            has_ended = moments[session].has_ended(self.now)
            if rules.as_of(AttendanceStatus(status), source, has_ended=has_ended, was_registered=True) in THERE:
                n_there[session] += n
        seats = Seat.objects.held().alias(ended_at=end_of("session__"))
        seats = seats.filter(of_them, participant__state_at__lt=F("ended_at"))
        n_seats = dict(seats.values_list("session").annotate(n=Count("pk")).order_by())
        return [
            Total(
                n_there[it.pk],
                n_seats.get(it.pk, 0) if it.takes_seats else registered_before(moments[it.pk].ends_at),
                has_begun,
            )
            for it, has_begun in zip(self.sessions, self.have_begun, strict=True)
        ]

    @property
    def is_filtered(self) -> bool:
        filters = self.filters
        return bool(filters.city or filters.track or filters.standing or filters.is_undecided)
