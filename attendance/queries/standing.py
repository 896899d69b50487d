"""The standing of people and cities."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from attendance import wording
from attendance.models import Attendance
from attendance.queries.sessions import attended_sessions
from attendance.rules import standing as standing_rules
from attendance.rules.attendance import REPRESENTS, UNDECIDED, AttendanceStatus
from attendance.rules.places import records_of_place
from programme.formats import short_date
from programme.models import Delegation, Edition, Participant, Seat, Session
from programme.queries.places import places_in
from programme.rules.places import HandOver

Case = standing_rules.Case
Statuses = Mapping[int, Mapping[int, wording.Established]]  # by participant, then by session


def core_sessions(edition: Edition) -> list[Session]:
    """Return the core sessions that are not cancelled, by time."""
    held = attended_sessions(edition).core()
    sessions = list(held.select_related("track", "actual_time").in_programme_order())
    for session in sessions:
        session.edition = edition
    return sessions


def statuses_in(sessions: Iterable[Session], people: Iterable[int] | None = None) -> Statuses:
    """Return what is established at some sessions, for everybody or some people: participant → session → attendance."""
    rows = Attendance.objects.established().filter(session__in=[session.pk for session in sessions])
    if people is not None:
        rows = rows.filter(participant__in=people)
    by_participant: dict[int, dict[int, wording.Established]] = defaultdict(dict)
    fields = wording.Established._fields
    for participant, session, *recorded in rows.values_list("participant", "session", *fields):
        by_participant[participant][session] = wording.Established(*recorded)
    return by_participant


Seats = frozenset[tuple[int, int]]  # who has one in which session


def seats_in(sessions: Iterable[Session], people: Iterable[int] | None = None) -> Seats:
    """Return who has a seat in which of the sessions, for everybody or some people. One query; none if they need no seats."""
    parallel = [it.pk for it in sessions if it.takes_seats]
    if not parallel:
        return frozenset()
    seats = Seat.objects.held().filter(session__in=parallel)
    if people is not None:
        seats = seats.filter(participant__in=people)
    return frozenset(seats.values_list("participant", "session"))


def own_core(participant: int, core: Sequence[Session], recorded: Container[int], seats: Seats) -> list[Session]:
    """Return a participant's core sessions: parallel ones only with their seat, or if attended without one."""
    return [
        session
        for session in core
        if not session.takes_seats or (participant, session.pk) in seats or session.pk in recorded
    ]


def statuses_now(
    recorded: Mapping[int, wording.Measured],
    core: Iterable[Session],
    registered_at: dt.datetime | None,
    now: dt.datetime,
) -> dict[int, AttendanceStatus]:
    """Return a participant's status at each session now. `recorded`: what is established about them, by session."""
    return {it.pk: wording.status_of(recorded.get(it.pk), wording.times_of(it), registered_at, now) for it in core}


def standing_of(
    statuses: Mapping[int, AttendanceStatus], core: Sequence[Session], now: dt.datetime
) -> standing_rules.Reasoned[Session]:
    """Return a participant's standing. `statuses`: by session, as of now; `core`: the core sessions that are theirs."""
    return standing_rules.reasoned(
        [
            (
                session,
                standing_rules.case(
                    statuses[session.pk],
                    is_over=wording.times_of(session).has_ended(now),
                    is_last_call=session.edition.is_over(now),
                ),
            )
            for session in core
        ]
    )


@dataclass(frozen=True)
class PersonStanding:
    """A participant with their standing. `statuses`: their own as of now, by core session.

    `before`: who held their place before them, the last first; `of_place`: the statuses that count, with what those have done.
    """

    participant: Participant
    reasoned: standing_rules.Reasoned[Session]
    statuses: Mapping[int, AttendanceStatus]
    now: dt.datetime | None = None  # as of when
    before: Sequence[HandOver] = ()
    of_place: Mapping[int, AttendanceStatus] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        return summary_of(self.reasoned, self.now)


@dataclass(frozen=True)
class CityStanding:
    """A delegation with its people and its standing."""

    delegation: Delegation
    reasoned: standing_rules.Reasoned[Session]
    people: list[PersonStanding] = field(default_factory=list)
    now: dt.datetime | None = None  # as of when

    @property
    def has_people(self) -> bool:
        """Return whether anybody is registered."""
        return any(it.participant.is_registered for it in self.people)

    @property
    def standing(self) -> standing_rules.Standing:
        cases = [case for _session, case in self.reasoned.cases]
        return standing_rules.standing_of_city(cases, has_people=self.has_people)

    @property
    def summary(self) -> str:
        if not self.has_people:
            if self.reasoned.cases:
                return _("nobody is registered; %(reasons)s") % {"reasons": summary_of(self.reasoned, self.now)}
            return _("nobody is registered")
        return summary_of(self.reasoned, self.now)


def cities_of(
    edition: Edition,
    now: dt.datetime,
    *,
    among: Collection[int] | None = None,
    core: Sequence[Session] | None = None,
) -> list[CityStanding]:
    """Return the cities of an edition with their people, the worst standing first. `among`: primary keys of delegations.

    `core`: the edition's `core_sessions`, where they have been read. Five queries; six if core sessions are parallel. People who
    withdrew are listed if something is established about them: they attended for their city. `standing_aggregates` counts
    cities without reading their people.
    """
    core = core_sessions(edition) if core is None else core
    delegations = edition.delegations.select_related("city").order_by("city__name", "pk")
    people = edition.participants.select_related("user", "handed_over_to__user").order_by("user__name", "pk")
    if among is not None:
        delegations, people = delegations.filter(pk__in=among), people.filter(delegation__in=among)
    members, its_city = list(people), {it.pk: it for it in delegations}
    pks = [it.pk for it in members] if among is not None else None
    statuses, seats, held_before = statuses_in(core, pks), seats_in(core, pks), places_in(edition, among)
    ends = {it.pk: wording.times_of(it).ends_at for it in core}
    by_city: dict[int, list[PersonStanding]] = defaultdict(list)
    for participant in members:
        participant.delegation = its_city[
            participant.delegation_id
        ]  # one object for all of its people, and one edition
        if participant.is_registered or participant.pk in statuses:
            recorded, since = statuses.get(participant.pk, {}), participant.registered_at
            before = held_before.get(participant.pk, ()) if participant.is_registered else ()
            of_place = records_of_place(recorded, [(statuses.get(it.person, {}), it.at) for it in before], ends)
            own = statuses_now(recorded, core, since, now)
            judged = statuses_now(of_place, core, since, now) if before else own
            reasoned = standing_of(judged, own_core(participant.pk, core, of_place, seats), now)
            person = PersonStanding(participant, reasoned, own, now, before, judged)
            by_city[participant.delegation_id].append(person)
    cities = [city_of(delegation, edition, by_city[delegation.pk], core, now) for delegation in its_city.values()]
    return sorted(cities, key=lambda city: list(standing_rules.Standing).index(city.standing))


def city_of(
    delegation: Delegation, edition: Edition, people: list[PersonStanding], core: Sequence[Session], now: dt.datetime
) -> CityStanding:
    """Return a city's standing by the rule of its edition."""
    registered = [person for person in people if person.participant.is_registered]
    if edition.attendance_rule == Edition.AttendanceRule.EACH_PARTICIPANT and registered:
        cases = worst_cases(registered)
    else:
        is_last_call = edition.is_over(now)
        cases = [
            (
                session,
                standing_rules.case_of_city(
                    statuses_for(people, session),
                    is_over=wording.times_of(session).has_ended(now),
                    is_last_call=is_last_call,
                ),
            )
            for session in core
        ]
    return CityStanding(delegation, standing_rules.reasoned(cases), people, now)


def worst_cases(people: Iterable[PersonStanding]) -> list[tuple[Session, Case]]:
    """Return every core session that is somebody's, with the worst case among people."""
    order = list(Case)
    worst: dict[Session, Case] = {}
    for person in people:
        for session, case in person.reasoned.cases:
            worst[session] = min(case, worst.get(session, case), key=order.index)
    return list(worst.items())


def statuses_for(people: Iterable[PersonStanding], session: Session) -> list[AttendanceStatus]:
    """Return the statuses that matter to a city: of everybody expected, and what people who withdrew have done for it."""
    statuses = []
    for person in people:
        status = person.of_place[session.pk]
        is_theirs = any(core_session == session for core_session, _case in person.reasoned.cases)
        if is_theirs if person.participant.is_registered else status in COUNTS_AFTER_WITHDRAWAL:
            statuses.append(status)
    return statuses


COUNTS_AFTER_WITHDRAWAL = REPRESENTS | UNDECIDED | {AttendanceStatus.HERE}


REASONS = (
    (_lazy("missed %(session)s"), (Case.LOST, Case.MISSED)),
    (_lazy("%(session)s was held before registration: must be made up"), (Case.TO_MAKE_UP,)),
    (_lazy("%(session)s was held before registration, and was not made up"), (Case.NEVER_MADE_UP,)),
    (_lazy("%(session)s: an organiser must decide"), (Case.OPEN,)),
)


def summary_of(reasoned: standing_rules.Reasoned[Session], now: dt.datetime | None = None) -> str:
    """Return the reasons for a standing: "missed Peer-learning on 25 September; 1 core session left".

    `now`: the year is named for days in another year.
    """
    if not reasoned.cases:
        return _("no core sessions")
    parts = [
        text % {"session": session_and_day(session, now)} for text, cases in REASONS for session in reasoned.of(*cases)
    ]
    n_left, n_done = len(reasoned.of(Case.AHEAD)), len(reasoned.of(Case.SETTLED))
    if n_left:
        parts.append(ngettext("%(n)s core session left", "%(n)s core sessions left", n_left) % {"n": n_left})
    elif n_done == len(reasoned.cases):
        parts.append(_("all core sessions completed"))
    return "; ".join(parts)


def session_and_day(session: Session, now: dt.datetime | None = None) -> str:
    """Return a session with its day: "Peer-learning on 25 September"; with the year if it is not that of `now`."""
    day = session.local_day
    if not day:
        return str(session)
    date = short_date(day, "j F", zone=session.edition.zone, now=now)
    return _("%(session)s on %(date)s") % {"session": session, "date": date}
