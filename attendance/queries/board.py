"""The organisers' board: cities as groups, people as rows, sessions as columns; filtered, paged by city, with totals.

The number of queries does not depend on the number of people.
"""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.db.models import Count, F, Q

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.models.actual_time import end_of
from attendance.queries import standing
from attendance.queries.attendance_records import is_of_any
from attendance.queries.board_rows import (
    BoardCell,
    BoardRow,
    CityGroup,
    Column,
    Listed,
    Recorded,
    Situation,
    Total,
    column_of,
)
from attendance.queries.sessions import attended_sessions
from attendance.queries.standing_aggregates import is_of_standing
from attendance.queries.turnout import turnouts
from attendance.rules import attendance as rules
from attendance.rules import standing as standing_rules
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import ShownState, shown_state
from attendance.rules.standing import Case, Standing
from attendance.rules.turnout import Turnout
from programme.models import Delegation, Edition, Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.queries.places import places_in
from programme.rules.places import HandOver

MOST_PEOPLE = 250  # on a page; a city is never split


@dataclass(frozen=True)
class Filters:
    """The filters of the board; the defaults show everything. `with_optional`: include sessions that are not core.

    `is_undecided`: only people who need an organiser's decision.
    """

    city: int | None = None
    track: int | None = None
    standing: str = ""
    with_optional: bool = True
    is_undecided: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What a decision about a cell changes on the board: its person's row, and the totals of its city and its column."""

    row: BoardRow
    number: int  # of the column
    of_city: str
    of_column: str

    @property
    def cell(self) -> BoardCell:
        return self.row.cells[self.number]


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
        """Return the columns: core sessions first, then by time. Cancelled sessions only if somebody attended them."""
        columns = attended_sessions(self.edition).select_related("track", "actual_time")
        attended = Attendance.objects.established().filter(edition=self.edition).values("session")
        columns = columns.filter(~Q(status=Session.Status.CANCELLED) | Q(pk__in=attended)).in_programme_order()
        if not self.filters.with_optional:
            columns = columns.filter(is_core=True)
        if self.filters.track:
            columns = columns.filter(Q(track=None) | Q(track=self.filters.track))
        sessions = sorted(columns, key=lambda it: not it.is_core)
        for session in sessions:
            session.edition = self.edition
        return sessions

    @cached_property
    def columns(self) -> list[Column]:
        return [column_of(it) for it in self.sessions]

    @cached_property
    def core(self) -> list[Column]:
        """Return the core sessions, on which standing depends, including those that a filter hides."""
        return [column_of(it) for it in standing.core_sessions(self.edition)]

    @property
    def participants(self) -> ParticipantQuerySet:
        """Return the filtered people: registered, or withdrawn after attending."""
        attended = Attendance.objects.established().filter(edition=self.edition).values("participant")
        registered = Q(state=Participant.State.REGISTERED)
        people = Participant.objects.filter(registered | Q(pk__in=attended), edition=self.edition)
        if self.filters.city:
            people = people.filter(delegation=self.filters.city)
        if self.filters.track:
            seats = Seat.objects.held().filter(session__track=self.filters.track)
            people = people.filter(pk__in=seats.values("participant"))
        if self.filters.is_undecided:
            undecided = Attendance.objects.filter(edition=self.edition).undecided(self.now)
            people = people.filter(pk__in=undecided.values("participant"))
        if self.filters.standing:
            people = people.filter(is_of_standing(Standing(self.filters.standing), self.edition, self.now))
        return people

    @cached_property
    def people(self) -> list[Listed]:
        """Return the filtered people by city and name."""
        ordered = self.participants.order_by("delegation__city__name", "delegation_id", "user__name", "pk")
        return [Listed(*values) for values in ordered.values_list(*Listed._fields)]

    @cached_property
    def places(self) -> Mapping[int, Sequence[HandOver]]:
        """Return who held the place of each person before them."""
        return places_in(self.edition)

    @cached_property
    def is_last_call(self) -> bool:
        return self.edition.is_over(self.now)

    def cases_of(self, listed: Listed, recorded: Recorded) -> list[Case]:
        """Return the cases of a person's core sessions, from which their standing follows."""
        return [
            standing_rules.case(
                wording.status_of(recorded.of_place(listed, it), it.times, listed.registered_at, self.now),
                is_over=it.times.has_ended(self.now),
                is_last_call=self.is_last_call,
            )
            for it in self.core
            if recorded.is_theirs(listed, it)
        ]

    @cached_property
    def pages(self) -> list[list[Listed]]:
        """Return the people by page: as many whole cities as fit."""
        by_city: dict[int, list[Listed]] = defaultdict(list)
        for listed in self.people:
            by_city[listed.delegation].append(listed)
        pages: list[list[Listed]] = [[]]
        for members in by_city.values():
            if pages[-1] and len(pages[-1]) + len(members) > MOST_PEOPLE:
                pages.append([])
            pages[-1] += members
        return pages

    @property
    def number(self) -> int:
        """Return the number of the page shown, from 1."""
        return 1 if self.is_whole else max(1, min(self.page, len(self.pages)))

    @cached_property
    def groups(self) -> list[CityGroup]:
        return list(self.read_groups())

    def read_groups(self) -> Iterator[CityGroup]:
        """Yield the groups; exports read them page by page, with four queries and one page in memory at a time."""
        for listed in self.pages if self.is_whole else [self.pages[self.number - 1]]:
            yield from self.groups_on(listed)

    def groups_on(self, people: Sequence[Listed]) -> list[CityGroup]:
        """Return the groups of some people. Four queries."""
        pks = [it.pk for it in people]
        participants = self.edition.participants.select_related("user", "delegation__city", "handed_over_to__user")
        shown = participants.order_by().in_bulk(pks)
        recorded = self.recorded_of(pks)
        by_city: dict[Delegation, list[BoardRow]] = defaultdict(list)
        for listed in people:
            participant = shown.get(listed.pk)
            if participant is None:
                continue  # deleted since
            participant.edition = self.edition
            cells = recorded.cells_of(listed, self.columns, self.state_of)
            row = BoardRow(participant, self.cases_of(listed, recorded), cells, recorded.before(listed))
            by_city[participant.delegation].append(row)
        return [CityGroup(delegation, members, self.columns, self.now) for delegation, members in by_city.items()]

    @cached_property
    def state_of(self) -> Callable[[int, Situation], ShownState]:
        """Return a function for the state of a cell. It remembers its answers: a board has thousands of equal cells."""

        @cache
        def state(number: int, situation: Situation) -> ShownState:
            status, source, was_registered, is_expected = situation
            times, recorded = self.columns[number].times, AttendanceStatus(status)
            as_now = rules.as_of(recorded, source, has_ended=times.has_ended(self.now), was_registered=was_registered)
            return shown_state(as_now, is_expected=is_expected, otherwise=times.without_evidence(self.now))

        return state

    def recorded_of(self, pks: Collection[int]) -> Recorded:
        """Return what is recorded of some people. Three queries."""
        is_all = len(pks) == len(self.people) and not self.filters.city  # a shorter condition for the same rows
        before = [it.person for pk in pks for it in self.places.get(pk, ())]
        within = Q(edition=self.edition) if is_all else Q(participant__in=[*pks, *before])
        sessions = {it.pk for it in (*self.columns, *self.core)}
        established = Attendance.objects.established().filter(within, session__in=sessions)
        rows = established.order_by().values_list("participant", "session", *wording.Established._fields)
        return Recorded(
            {(participant, session): wording.Established(*columns) for participant, session, *columns in rows},
            seats=set(Seat.objects.held().filter(within).order_by().values_list("participant", "session")),
            asked=set(Excuse.objects.asked().filter(within).order_by().values_list("participant", "session")),
            places=self.places,
        )

    @cached_property
    def totals(self) -> list[Total]:
        """Return the turnout of the filtered people at each session, on all pages. Two queries."""
        since = sorted(it.state_at for it in self.people if it.is_registered)
        is_registered = Q(participant__state=Participant.State.REGISTERED)
        seats = Seat.objects.held().filter(self.of_people, is_registered).alias(ended_at=end_of("session__"))
        seats = seats.filter(participant__state_at__lt=F("ended_at"))
        n_seats: dict[int, int] = dict(seats.values_list("session").annotate(n=Count("pk")).order_by())

        def n_expected(column: Column) -> int:
            if column.takes_seats:
                return n_seats.get(column.pk, 0)
            ends_at = column.times.ends_at
            return bisect_left(since, ends_at) if ends_at else len(since)

        expected = {column.pk: n_expected(column) for column in self.columns}
        of_them = self.turnouts_of(expected)
        return [Total(of_them[column.pk], column.has_begun(self.now)) for column in self.columns]

    def turnouts_of(self, expected: Mapping[int, int]) -> dict[int, Turnout]:
        """Return the turnout of the filtered people at each session. `expected`: how many of them are, by session."""
        return turnouts(self.sessions, self.now, expected, within=self.of_people)

    @property
    def of_people(self) -> Q:
        """Return the condition on rows that they are about the filtered people, as short as can be."""
        return Q(is_of_any(it.pk for it in self.people)) if self.is_filtered else Q(edition=self.edition)

    def around(self, participant: Participant, session: Session) -> "Surroundings | None":
        """Return what the board shows of a person, their city and a session; None if it has no such column.

        Seven queries; more if its filters hide the person by now: the totals are then of the others.
        """
        number = next((n for n, it in enumerate(self.columns) if it.pk == session.pk), None)
        if number is None:
            return None
        shown = [it for it in self.people if it.delegation == participant.delegation_id]
        groups = self.groups_on(shown)
        rows = {row.participant.pk: row for group in groups for row in group.rows}
        if participant.pk not in rows:
            listed = Listed(participant.pk, participant.delegation_id, participant.state, participant.state_at)
            rows |= {row.participant.pk: row for group in self.groups_on([listed]) for row in group.rows}
        of_city = str(groups[0].totals[number]) if groups else ""
        return Surroundings(rows[participant.pk], number, of_city, str(self.totals[number]))

    @property
    def is_filtered(self) -> bool:
        """Return whether a filter hides people."""
        filters = self.filters
        return bool(filters.city or filters.track or filters.standing or filters.is_undecided)
