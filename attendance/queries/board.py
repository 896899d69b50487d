"""The organisers' board: cities as groups, people as rows, sessions as columns; filtered, paged by city, with totals.

The number of queries does not depend on the number of people.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.db.models import Count, F, Q

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.models.actual_time import end_of
from attendance.queries import standing
from attendance.queries.attendance_records import is_of_any
from attendance.queries.board_rows import (
    THERE,
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
from attendance.rules import attendance as rules
from attendance.rules import standing as standing_rules
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import ShownState, shown_state
from attendance.rules.standing import Standing
from programme.models import Delegation, Edition, Participant, Seat, Session

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

    @property
    def have_begun(self) -> list[bool]:
        """Return whether each session has begun, by column."""
        return [it.starts_at is not None and it.starts_at <= self.now for it in self.sessions]

    @cached_property
    def columns(self) -> list[Column]:
        return [column_of(it) for it in self.sessions]

    @cached_property
    def core(self) -> list[Column]:
        """Return the core sessions, on which standing depends, including those that a filter hides."""
        return [column_of(it) for it in standing.core_sessions(self.edition)]

    @cached_property
    def people(self) -> list[Listed]:
        """Return the filtered people by city and name: registered, or withdrawn after attending."""
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
        if self.filters.standing:
            people = people.filter(is_of_standing(Standing(self.filters.standing), self.edition, self.now))
        ordered = people.order_by("delegation__city__name", "delegation_id", "user__name", "pk")
        return [Listed(*values) for values in ordered.values_list(*Listed._fields)]

    @cached_property
    def is_last_call(self) -> bool:
        return self.edition.is_over(self.now)

    def standing_of(self, listed: Listed, recorded: Recorded) -> Standing:
        """Return a person's standing."""
        return standing_rules.standing(
            standing_rules.case(
                wording.status_of(recorded.rows.get((listed.pk, it.pk)), it.times, listed.registered_at, self.now),
                is_over=it.times.has_ended(self.now),
                is_last_call=self.is_last_call,
            )
            for it in self.core
            if recorded.is_theirs(listed.pk, it)
        )

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
        shown = self.edition.participants.select_related("user", "delegation__city").order_by().in_bulk(pks)
        recorded = self.recorded_of(pks)
        by_city: dict[Delegation, list[BoardRow]] = defaultdict(list)
        for listed in people:
            participant = shown.get(listed.pk)
            if participant is None:
                continue  # deleted since
            participant.edition = self.edition
            cells = recorded.cells_of(listed, self.columns, self.state_of)
            by_city[participant.delegation].append(BoardRow(participant, self.standing_of(listed, recorded), cells))
        return [CityGroup(delegation, members, self.have_begun) for delegation, members in by_city.items()]

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
        within = Q(edition=self.edition) if is_all else Q(participant__in=pks)
        sessions = {it.pk for it in (*self.columns, *self.core)}
        established = Attendance.objects.established().filter(within, session__in=sessions)
        rows = established.order_by().values_list("participant", "session", *wording.Established._fields)
        return Recorded(
            {(participant, session): wording.Established(*columns) for participant, session, *columns in rows},
            seats=set(Seat.objects.held().filter(within).order_by().values_list("participant", "session")),
            asked=set(Excuse.objects.asked().filter(within).order_by().values_list("participant", "session")),
        )

    @cached_property
    def totals(self) -> list[Total]:
        """Return how many of the filtered people were at each session, on all pages. Two queries."""
        registered = [it.pk for it in self.people if it.is_registered]
        since = sorted(it.state_at for it in self.people if it.is_registered)

        def registered_before(moment: dt.datetime | None) -> int:
            """Return how many had registered before that moment."""
            return bisect_left(since, moment) if moment else len(since)

        of_them = is_of_any(registered)
        times = {column.pk: column.times for column in self.columns}
        recorded = Attendance.objects.established().filter(of_them, session__in=times)
        n_there: Counter[int] = Counter()
        for session, status, source, n in (
            recorded.values_list("session", "status", "source").annotate(n=Count("pk")).order_by()
        ):
            has_ended = times[session].has_ended(self.now)
            if rules.as_of(AttendanceStatus(status), source, has_ended=has_ended, was_registered=True) in THERE:
                n_there[session] += n
        seats = Seat.objects.held().alias(ended_at=end_of("session__"))
        seats = seats.filter(of_them, participant__state_at__lt=F("ended_at"))
        n_seats = dict(seats.values_list("session").annotate(n=Count("pk")).order_by())
        return [
            Total(
                n_there[column.pk],
                n_seats.get(column.pk, 0) if column.takes_seats else registered_before(column.times.ends_at),
                has_begun,
            )
            for column, has_begun in zip(self.columns, self.have_begun, strict=True)
        ]

    @property
    def is_filtered(self) -> bool:
        """Return whether a filter hides people."""
        filters = self.filters
        return bool(filters.city or filters.track or filters.standing or filters.is_undecided)
