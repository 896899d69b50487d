"""A running session: who is here, since when, and which cities have nobody there."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import udtacademy
from attendance import wording
from attendance.models import Attendance, Nudge
from attendance.queries.standing import expected_at
from attendance.rules.shown_states import ShownState, shown_state
from programme.models import Delegation, Participant, Session


@dataclass(frozen=True)
class LivePerson:
    """A person who is expected, or here without being expected. `attendance`: None if not seen."""

    participant: Participant
    attendance: Attendance | None
    state: ShownState
    is_expected: bool
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
    """A city's people at a running session."""

    delegation: Delegation
    people: Sequence[LivePerson]

    @property
    def n_here(self) -> int:
        return sum(it.is_here for it in self.people)

    @property
    def is_missing(self) -> bool:
        """Return whether nobody from the city is there."""
        return not self.n_here


@dataclass(frozen=True)
class Live:
    """A session as it is now. Cities that have nobody there come first."""

    session: Session
    cities: Sequence[LiveCity]
    now: dt.datetime

    @property
    def n_here(self) -> int:
        return sum(city.n_here for city in self.cities)

    @property
    def n_expected(self) -> int:
        return sum(it.is_expected for city in self.cities for it in city.people)

    @property
    def missing(self) -> list[LiveCity]:
        return [city for city in self.cities if city.is_missing]

    @property
    def minutes_on(self) -> int:
        """Return for how many minutes the session has been running; negative before it begins."""
        return int((self.now - self.session.starts_at).total_seconds() // 60) if self.session.starts_at else 0

    @property
    def n_to_nudge(self) -> int:
        """Return how many expected people have neither been seen nor nudged."""
        return sum(
            person.is_expected and person.attendance is None and not person.is_nudged
            for city in self.cities
            for person in city.people
        )

    @property
    def etag(self) -> str:
        """Return a tag that changes with what the page shows, and every minute."""
        people = [
            (
                person.participant.pk,
                person.is_nudged,
                person.attendance and (person.state, person.attendance.source, person.attendance.arrived_at),
            )
            for city in self.cities
            for person in city.people
        ]
        state = (udtacademy.__version__, self.session.pk, self.session.changed_at, self.minutes_on, people)
        return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


def live(session: Session, now: dt.datetime) -> Live:
    """Return a session as it is now. Four queries, however many people."""
    rows = {row.participant_id: row for row in Attendance.objects.established().filter(session=session)}
    nudged = set(Nudge.objects.filter(session=session).values_list("participant", flat=True))
    expected = set(expected_at(session).values_list("pk", flat=True))
    people = Participant.objects.with_people().filter(pk__in=expected | rows.keys())
    times = wording.times_of(session)
    by_city: dict[Delegation, list[LivePerson]] = {}
    for participant in people.order_by("delegation__city__name", "delegation_id", "user__name", "pk"):
        row, is_expected = rows.get(participant.pk), participant.pk in expected
        status = wording.status_of(row, times, participant.registered_at, now)
        state = shown_state(status, is_expected=is_expected, otherwise=times.without_evidence(now))
        person = LivePerson(participant, row, state, is_expected, participant.pk in nudged)
        by_city.setdefault(participant.delegation, []).append(person)
    cities = [LiveCity(delegation, members) for delegation, members in by_city.items()]
    return Live(session, sorted(cities, key=lambda city: not city.is_missing), now)


def is_running(session: Session, now: dt.datetime) -> bool:
    """Return whether a session is running, by its actual time."""
    return wording.times_of(session).without_evidence(now) is ShownState.RUNNING
