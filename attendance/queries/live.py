"""A running session: how many are here, which cities have nobody there, and who came last; people by city on request."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Value, Window

import udtacademy
from attendance import wording
from attendance.models import Attendance, Nudge
from attendance.models.actual_time import held_at
from attendance.queries.expected import expected, expected_at, is_missing
from attendance.queries.platform_people import InMeeting, in_meeting
from attendance.queries.session_windows import join_window
from attendance.queries.sessions import has_begun
from attendance.queries.turnout import turnouts
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import ShownState, shown_state
from attendance.rules.turnout import Group, Turnout, there, turnout
from programme.models import Delegation, Participant, Session
from programme.models.delegation import DelegationQuerySet
from programme.models.participant_queryset import ParticipantQuerySet
from programme.rules.windows import Window as Opening
from udtacademy.db.prepared import Parameter, prepared

NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)  # the end of a session without one
MOST_NAMED = 25  # cities named on the page that updates itself
N_ARRIVALS = 8
SEEN = there(has_ended=False)
N_CHANGES = 50  # of attendance, that the tag of the page covers: more than can be committed out of their order


@dataclass(frozen=True)
class Live:
    """A session as it is now. `missing`: cities that have nobody there, by name, at most MOST_NAMED of `n_missing`.

    `n_to_nudge`: people who were not seen and not sent an email about that.
    """

    session: Session
    now: dt.datetime
    window: Opening
    turnout: Turnout
    n_to_nudge: int
    n_missing: int
    missing: Sequence[Delegation]
    arrivals: Sequence[Attendance]
    in_meeting: InMeeting

    @property
    def minutes_on(self) -> int:
        return minutes_on(self.session, self.now)

    @property
    def is_before(self) -> bool:
        """Return whether the session has a time and has not begun: then nobody is missing."""
        starts_at = held_at(self.session).starts_at
        return starts_at is not None and self.now < starts_at

    @property
    def n_not_to_nudge(self) -> int:
        """Return how many of those missing were nudged, or decided to be absent."""
        return self.turnout.n_missing - self.n_to_nudge

    @property
    def n_unnamed(self) -> int:
        """Return how many cities without anybody there are not in `missing`."""
        return self.n_missing - len(self.missing)


@dataclass(frozen=True)
class LivePerson:
    """A person who is expected, or here without being expected. `attendance`: None if not seen."""

    participant: Participant
    attendance: Attendance | None
    state: ShownState
    is_nudged: bool
    is_expected: bool

    @property
    def was_seen(self) -> bool:
        """Return whether the person was there, also if not for long enough."""
        return self.attendance is not None and self.attendance.status in SEEN

    @property
    def basis(self) -> str:
        return wording.basis(self.attendance) if self.attendance else ""

    @property
    def status(self) -> str:
        return str(wording.STATES[self.state])


@dataclass(frozen=True)
class LiveCity:
    """A city's people at a session, by name."""

    delegation: Delegation
    people: Sequence[LivePerson]
    turnout: Turnout

    @property
    def is_missing(self) -> bool:
        """Return whether nobody from the city was seen."""
        return not any(it.was_seen for it in self.people)


def live(session: Session, now: dt.datetime) -> Live:
    """Return a session as it is now. Five queries, however many people."""
    asked: dict[str, Any] = {"session": session.pk, "edition": session.edition_id}
    asked["ends_at"] = wording.times_of(session).ends_at or NEVER
    missing = MISSING_CITIES[session.takes_seats](**asked)
    n_expected, n_to_nudge = next(iter(EXPECTED[session.takes_seats](**asked)), (0, 0))
    return Live(
        session,
        now,
        window=join_window(session, now),
        turnout=turnouts([session], now, {session.pk: n_expected})[session.pk],
        n_to_nudge=n_to_nudge,
        n_missing=missing[0].n_missing if missing else 0,  # type: ignore[attr-defined]
        missing=missing,
        arrivals=_arrivals(session=session.pk),
        in_meeting=in_meeting(session),
    )


def people_asked(*, takes_seats: bool) -> ParticipantQuerySet:
    return expected(Parameter("session"), Parameter("edition"), Parameter("ends_at"), takes_seats=takes_seats)


def missing_cities(*, takes_seats: bool) -> DelegationQuerySet:
    """Return the cities that have nobody at a session, by name, at most MOST_NAMED, each with how many they are."""
    session = Parameter("session")
    cities = cities_of(session, Parameter("edition"), people_asked(takes_seats=takes_seats))
    without = cities.exclude(pk__in=cities_here(session)).order_by("city__name", "pk")
    shown = without.only("edition", "city__name", "city__country")
    return shown.annotate(n_missing=Window(Count("pk")))[:MOST_NAMED]


def numbers_expected(*, takes_seats: bool) -> "QuerySet[Participant, tuple[int, int]]":
    """Return how many people are expected at a session, and how many of them can be nudged."""
    people = people_asked(takes_seats=takes_seats).order_by().values("edition")
    numbers = people.annotate(n=Count("pk"), n_missing=Count("pk", filter=is_missing(Parameter("session"))))
    return numbers.values_list("n", "n_missing")


# By whether the session takes seats. Prepared, as writing and planning them took half of what a poll costs.
MISSING_CITIES = {it: prepared(partial(missing_cities, takes_seats=it)) for it in (False, True)}
EXPECTED = {it: prepared(partial(numbers_expected, takes_seats=it)) for it in (False, True)}


@prepared
def _arrivals() -> "QuerySet[Attendance]":
    """Return who came to a session last, with the columns that the page shows."""
    rows = Attendance.objects.seen().filter(session=Parameter("session"))
    person, city = ("user__name", "user__email"), ("delegation__city__name", "delegation__city__country")
    shown = rows.select_related("participant__user", "participant__delegation__city")
    return shown.only("changed_at", *(f"participant__{it}" for it in (*person, *city))).latest_first()[:N_ARRIVALS]


# By hand: five times as many requests ask only this, and the ORM takes longer to write the query than PostgreSQL to answer.
STATE = """
    SELECT (SELECT count(*) FROM attendance_nudge WHERE session_id = %(session)s),
        (SELECT max(changed_at) FROM attendance_platformperson WHERE session_id = %(session)s), ARRAY(
        SELECT changed_at FROM attendance_attendance WHERE session_id = %(session)s ORDER BY changed_at DESC, id DESC LIMIT %(n)s
    )
"""


def not_here(session: Session, most: int) -> list[Participant]:
    """Return the first people expected about whom nothing is established, by city and name."""
    seen = Attendance.objects.established().filter(session=session).values("participant")
    people = expected_at(session).with_people().exclude(pk__in=seen)
    return list(people.order_by("delegation__city__name", "delegation_id", "user__name", "pk")[:most])


def tag_of(session: Session, version: str, now: dt.datetime, viewer: object) -> str:
    """Return a tag that changes with every attendance and email to those missing, and every minute. One query.

    Who is expected changes seldom meanwhile, and shows within that minute. `version`: of the programme. `viewer`: who sees it
    and what they may do.
    """
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"session": session.pk, "n": N_CHANGES})
        state = cursor.fetchone()
    shown = (join_window(session, now), has_begun(session, now), minutes_on(session, now), state, viewer)
    about = (udtacademy.__version__, session.pk, version, *shown)
    return f'"{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}"'


def minutes_on(session: Session, now: dt.datetime) -> int:
    """Return for how many minutes the session has been running; negative before it begins."""
    starts_at = held_at(session).starts_at
    return int((now - starts_at).total_seconds() // 60) if starts_at else 0


def cities_of(session: int | Value, edition: int | Value, people: ParticipantQuerySet) -> DelegationQuerySet:
    """Return the cities of which somebody is among `people`, or was seen at a session."""
    seen = Attendance.objects.established().filter(session=session).values("participant__delegation")
    delegations = Delegation.objects.filter(edition=edition).select_related("city")
    return delegations.filter(Q(pk__in=people.values("delegation")) | Q(pk__in=seen))


def cities_here(session: int | Value) -> "QuerySet[Attendance, Any]":
    """Return the primary keys of the delegations of which somebody was seen, also if not for long enough."""
    return Attendance.objects.seen().filter(session=session).values("participant__delegation")


def missing_first(session: Session) -> DelegationQuerySet:
    """Return the cities at a session by name, those of which nobody is there first."""
    is_empty = ExpressionWrapper(~Q(pk__in=cities_here(session.pk)), BooleanField())
    cities = cities_of(session.pk, session.edition_id, expected_at(session))
    return cities.order_by(is_empty.desc(), "city__name", "pk")


def people_of(session: Session, delegations: Iterable[Delegation], now: dt.datetime) -> list[LiveCity]:
    """Return the people of some cities who are expected or were seen, in the order of the cities. Four queries."""
    by_city: dict[int, list[LivePerson]] = {delegation.pk: [] for delegation in delegations}
    members = Participant.objects.filter(delegation__in=by_city)
    expected = set(expected_at(session).filter(delegation__in=by_city).values_list("pk", flat=True))
    seen = Attendance.objects.established().filter(session=session, participant__in=members)
    rows = {row.participant_id: row for row in seen}
    nudges = Nudge.objects.filter(session=session, participant__in=members)
    nudged = set(nudges.values_list("participant", flat=True))
    times = wording.times_of(session)
    for participant in members.with_people().filter(pk__in=expected | rows.keys()).order_by("user__name", "pk"):
        row, is_expected = rows.get(participant.pk), participant.pk in expected
        status = wording.status_of(row, times, participant.registered_at, now)
        state = shown_state(status, is_expected=is_expected, otherwise=times.without_evidence(now))
        person = LivePerson(participant, row, state, participant.pk in nudged, is_expected)
        by_city[participant.delegation_id].append(person)
    has_ended = times.has_ended(now)
    return [
        LiveCity(delegation, members, turnout_of(members, has_ended=has_ended))
        for delegation in delegations
        for members in [by_city[delegation.pk]]
    ]


def turnout_of(people: Sequence[LivePerson], *, has_ended: bool) -> Turnout:
    """Return the turnout of some people."""
    groups: list[Group] = [
        (AttendanceStatus(it.attendance.status), it.is_expected, 1) for it in people if it.attendance
    ]
    return turnout(groups, n_expected=sum(it.is_expected for it in people), has_ended=has_ended)
