"""A running session: how many are here, which cities have nobody there, and who came last; people by city on request."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Window

import udtacademy
from attendance import wording
from attendance.models import Attendance, Nudge
from attendance.queries.session_windows import join_window
from attendance.queries.standing import expected_at, is_missing
from attendance.rules.shown_states import ShownState, shown_state
from programme.models import Delegation, Participant, Session
from programme.models.delegation import DelegationQuerySet
from programme.rules.windows import Window as Opening

MOST_NAMED = 25  # cities named on the page that updates itself
N_ARRIVALS = 8
N_CHANGES = 50  # of attendance, that the tag of the page covers: more than can be committed out of their order


@dataclass(frozen=True)
class Live:
    """A session as it is now. `missing`: cities that have nobody there, by name, at most MOST_NAMED of `n_missing`.

    `n_here`: of those expected; `n_others_here`: withdrawn since, or without a seat.
    """

    session: Session
    now: dt.datetime
    window: Opening
    n_here: int
    n_others_here: int
    n_expected: int
    n_to_nudge: int
    n_missing: int
    missing: Sequence[Delegation]
    arrivals: Sequence[Attendance]

    @property
    def minutes_on(self) -> int:
        return minutes_on(self.session, self.now)

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

    @property
    def is_here(self) -> bool:
        is_absent = self.state is ShownState.ABSENT  # by an organiser's decision
        return self.attendance is not None and self.attendance.arrived_at is not None and not is_absent

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

    @property
    def n_here(self) -> int:
        return sum(it.is_here for it in self.people)

    @property
    def is_missing(self) -> bool:
        """Return whether nobody from the city is there."""
        return not self.n_here


def live(session: Session, now: dt.datetime) -> Live:
    """Return a session as it is now. Four queries, however many people."""
    here = Attendance.objects.here().filter(session=session)
    without = cities_at(session).exclude(pk__in=cities_here(session)).order_by("city__name", "pk")
    missing = list(without.annotate(n_missing=Window(Count("pk")))[:MOST_NAMED])
    expected = expected_at(session).aggregate(
        n=Count("pk"),
        n_here=Count("pk", filter=Q(pk__in=here.values("participant"))),
        n_missing=Count("pk", filter=is_missing(session)),
    )
    return Live(
        session,
        now,
        window=join_window(session, now),
        n_here=expected["n_here"],
        n_others_here=here.count() - expected["n_here"],
        n_expected=expected["n"],
        n_to_nudge=expected["n_missing"],
        n_missing=missing[0].n_missing if missing else 0,  # type: ignore[attr-defined]
        missing=missing,
        arrivals=list(
            here.select_related("participant__user", "participant__delegation__city").latest_first()[:N_ARRIVALS]
        ),
    )


# By hand: five times as many requests ask only this, and the ORM takes longer to write the query than PostgreSQL to answer.
STATE = """
    SELECT (SELECT count(*) FROM attendance_nudge WHERE session_id = %(session)s), ARRAY(
        SELECT changed_at FROM attendance_attendance WHERE session_id = %(session)s ORDER BY changed_at DESC, id DESC LIMIT %(n)s
    )
"""


def tag_of(session: Session, version: str, now: dt.datetime, viewer: object) -> str:
    """Return a tag that changes with every attendance and email to those missing, and every minute. One query.

    Who is expected changes seldom meanwhile, and shows within that minute. `version`: of the programme. `viewer`: who sees it
    and what they may do.
    """
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"session": session.pk, "n": N_CHANGES})
        state = cursor.fetchone()
    shown = (join_window(session, now), minutes_on(session, now), state, viewer)
    about = (udtacademy.__version__, session.pk, version, *shown)
    return f'"{hashlib.sha256(repr(about).encode()).hexdigest()[:32]}"'


def minutes_on(session: Session, now: dt.datetime) -> int:
    """Return for how many minutes the session has been running; negative before it begins."""
    return int((now - session.starts_at).total_seconds() // 60) if session.starts_at else 0


def cities_at(session: Session) -> DelegationQuerySet:
    """Return the cities of which somebody is expected or was seen."""
    seen = Attendance.objects.established().filter(session=session).values("participant__delegation")
    expected = expected_at(session).values("delegation")
    return session.edition.delegations.select_related("city").filter(Q(pk__in=expected) | Q(pk__in=seen))


def cities_here(session: Session) -> "QuerySet[Attendance, Any]":
    """Return the primary keys of the delegations of which somebody is there."""
    return Attendance.objects.here().filter(session=session).values("participant__delegation")


def missing_first(session: Session) -> DelegationQuerySet:
    """Return the cities at a session by name, those of which nobody is there first."""
    is_empty = ExpressionWrapper(~Q(pk__in=cities_here(session)), BooleanField())
    return cities_at(session).order_by(is_empty.desc(), "city__name", "pk")


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
        person = LivePerson(participant, row, state, participant.pk in nudged)
        by_city[participant.delegation_id].append(person)
    return [LiveCity(delegation, by_city[delegation.pk]) for delegation in delegations]
