"""The organisers' board: cities as groups, people as rows, sessions as columns; filtered, paged by city, with totals.

The number of queries does not depend on the number of people.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, F, Q

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.models.actual_time import end_of
from attendance.queries import standing
from attendance.queries.attendance_records import is_of_any
from attendance.queries.board_rows import THERE, BoardCell, BoardRow, CityGroup, Listed, Total
from attendance.queries.sessions import attended_sessions
from attendance.rules import attendance as rules
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import shown_state
from attendance.rules.standing import Reasoned
from programme.models import Delegation, Edition, Participant, Seat, Session

MOST_PEOPLE = 500  # on a page; a city is never split


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
    def core(self) -> list[Session]:
        """Return the core sessions, on which standing depends, including those that a filter hides."""
        return standing.core_sessions(self.edition)

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
        ordered = people.order_by("delegation__city__name", "delegation_id", "user__name", "pk")
        listed = [Listed(*values) for values in ordered.values_list(*Listed._fields)]
        if self.filters.standing:
            statuses = standing.statuses_in(self.core)
            listed = [
                person
                for person in listed
                if self.standing_of(person, statuses.get(person.pk, {})).standing.value == self.filters.standing
            ]
        return listed

    @cached_property
    def core_seats(self) -> standing.Seats:
        return standing.seats_in(self.core)

    def standing_of(self, listed: Listed, recorded: Mapping[int, wording.Established]) -> Reasoned[Session]:
        """Return a person's standing. `recorded`: what is established about them, by session."""
        core = standing.own_core(listed.pk, self.core, recorded, self.core_seats)
        return standing.standing_of(
            standing.statuses_now(recorded, core, listed.registered_at, self.now), core, self.now
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
        shown = self.edition.participants.select_related("user", "delegation__city").in_bulk(pks)
        is_all = len(pks) == len(self.people) and not self.filters.city  # a shorter condition for the same rows
        within = Q(edition=self.edition) if is_all else Q(participant__in=pks)
        columns = [it.pk for it in self.sessions]
        known = {*columns, *(it.pk for it in self.core)}  # standing depends on core sessions that a filter may hide
        established = Attendance.objects.established().filter(within, session__in=known)
        rows = {
            (participant, session): wording.Established(*recorded)
            for participant, session, *recorded in established.values_list(
                "participant", "session", *wording.Established._fields
            ).iterator()
        }
        seats = set(Seat.objects.held().filter(within).values_list("participant", "session"))
        asked = set(Excuse.objects.asked().filter(within).values_list("participant", "session"))
        times = [wording.times_of(it) for it in self.sessions]
        otherwise = [it.without_evidence(self.now) for it in times]
        takes_seats = [it.takes_seats for it in self.sessions]
        by_city: dict[Delegation, list[BoardRow]] = defaultdict(list)
        for listed in people:
            if (participant := shown.get(listed.pk)) is None:
                continue  # deleted since
            participant.edition = self.edition
            of_core = {it.pk: row for it in self.core if (row := rows.get((listed.pk, it.pk)))}
            cells = []
            for number, pk in enumerate(columns):
                key = (participant.pk, pk)
                attendance = rows.get(key)
                is_expected = participant.is_registered and (not takes_seats[number] or key in seats)
                status = wording.status_of(attendance, times[number], listed.registered_at, self.now)
                state = shown_state(status, is_expected=is_expected, otherwise=otherwise[number])
                cells.append(BoardCell(state, attendance, is_expected, key in asked))
            by_city[participant.delegation].append(BoardRow(participant, self.standing_of(listed, of_core), cells))
        return [CityGroup(delegation, members, self.have_begun) for delegation, members in by_city.items()]

    @cached_property
    def totals(self) -> list[Total]:
        """Return how many of the filtered people were at each session, on all pages. Two queries."""
        registered = [it.pk for it in self.people if it.is_registered]
        since = sorted(it.state_at for it in self.people if it.is_registered)

        def registered_before(moment: dt.datetime | None) -> int:
            """Return how many had registered before that moment."""
            return bisect_left(since, moment) if moment else len(since)

        of_them = is_of_any(registered)
        times = {session.pk: wording.times_of(session) for session in self.sessions}
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
                n_there[session.pk],
                n_seats.get(session.pk, 0) if session.takes_seats else registered_before(times[session.pk].ends_at),
                has_begun,
            )
            for session, has_begun in zip(self.sessions, self.have_begun, strict=True)
        ]

    @property
    def is_filtered(self) -> bool:
        """Return whether a filter hides people."""
        filters = self.filters
        return bool(filters.city or filters.track or filters.standing or filters.is_undecided)
