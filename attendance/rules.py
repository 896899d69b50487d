"""What follows from evidence and decisions, answered from plain values: no ORM, no clock.

All moments are aware datetimes of whatever zone; they are compared and subtracted as instants, also in the nights in which
clocks change. docs/decisions/0010 and 0011 say why the rules are these.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

K = TypeVar("K")

EARLIEST = dt.timedelta(hours=2)  # who is seen this long before a session is seen for that session
DOOR_OPENS_BEFORE = dt.timedelta(minutes=60)
LONGEST_DELAY = dt.timedelta(hours=12)  # how long a scan may wait on a phone before it is uploaded


class Kind(enum.StrEnum):
    """Where an observation comes from, the most trusted first."""

    REPORT = "report"
    DOOR = "door"
    JOIN = "join"


class Outcome(enum.StrEnum):
    """What an organiser can decide about somebody and a session; LIFTED: nothing stands any more."""

    PRESENT = "present"
    COUNTS = "counts"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    LIFTED = "lifted"


class Status(enum.StrEnum):
    """What is established about somebody and a session; NONE: nobody has seen them, and nobody has decided."""

    PRESENT = "present"
    COUNTS = "counts"
    PARTIAL = "partial"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    NONE = ""


WAS_THERE = frozenset({Status.PRESENT, Status.COUNTS})
SETTLES = WAS_THERE | {Status.EXCUSED, Status.MADE_UP}
REPRESENTS = WAS_THERE | {Status.MADE_UP}  # somebody's city


@dataclass(frozen=True)
class Observation:
    """Somebody was seen: from `starts_at` to `ends_at`, or at one moment, which measures nothing."""

    kind: Kind
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None


@dataclass(frozen=True)
class Terms:
    """The time taught, what share of it (0–1) is enough, and how late one may come. None: no time is known."""

    window: tuple[dt.datetime, dt.datetime] | None
    share: float
    late_tolerance: dt.timedelta

    @cached_property
    def instants(self) -> tuple[dt.datetime, dt.datetime] | None:
        return self.window and (utc(self.window[0]), utc(self.window[1]))


@dataclass(frozen=True)
class Finding:
    """What follows for one person and session. `source` says what it rests on; empty where it rests on nothing."""

    status: Status
    source: str = ""
    time_in: dt.timedelta = dt.timedelta()  # measured, within the time taught
    arrived_at: dt.datetime | None = None

    @property
    def minutes(self) -> int:
        return int(self.time_in.total_seconds() // 60)


def utc(moment: dt.datetime) -> dt.datetime:
    """The instant. Two moments of one zone would be subtracted as clocks show them, an hour wrong in two nights a year."""
    return moment.astimezone(dt.UTC)


def time_in(observations: Iterable[Observation], terms: Terms) -> dt.timedelta:
    """How long somebody was there: |union of what was measured ∩ the time taught|."""
    if terms.instants is None:
        return dt.timedelta()
    starts, ends = terms.instants
    stretches = sorted(
        (max(utc(it.starts_at), starts), min(utc(it.ends_at), ends)) for it in observations if it.ends_at is not None
    )
    total, until = dt.timedelta(), starts
    for since, to in stretches:
        if to > max(since, until):
            total += to - max(since, until)
            until = to
    return total


def arrival(observations: Iterable[Observation], terms: Terms) -> dt.datetime | None:
    """When somebody was first seen for the session, not before its start; None: at no time that counts for it."""
    if terms.instants is None:
        return None
    starts, ends = terms.instants
    seen = [
        max(utc(it.starts_at), starts)
        for it in observations
        if (starts < utc(it.ends_at) and utc(it.starts_at) < ends if it.ends_at else is_near(it.starts_at, terms))
    ]
    return min(seen, default=None)


def is_near(moment: dt.datetime, terms: Terms) -> bool:
    """Whether being seen then counts for the session: from shortly before until its end."""
    if terms.instants is None:
        return False
    starts, ends = terms.instants
    return starts - EARLIEST <= utc(moment) < ends


def seen(observations: Iterable[Observation], terms: Terms) -> Finding:
    """What observations alone establish. The most trusted kind that saw the person decides; the others only add minutes.

    A report measures; a scan or a click is taken to mean "from then on". Who comes late, but within the tolerance, has
    missed nothing.
    """
    observations = list(observations)
    measured = time_in(observations, terms)
    if terms.instants is None:
        return Finding(Status.NONE)
    starts, ends = terms.instants
    for kind in Kind:
        own = [it for it in observations if it.kind == kind]
        arrived_at = arrival(own, terms)
        if arrived_at is None:
            continue
        late = arrived_at - starts
        forgiven = late if late <= terms.late_tolerance else dt.timedelta()
        stayed = time_in(own, terms) if kind is Kind.REPORT else ends - arrived_at
        is_enough = stayed + forgiven >= (ends - starts) * terms.share
        return Finding(Status.PRESENT if is_enough else Status.PARTIAL, kind, measured, arrived_at)
    return Finding(Status.NONE)


def attendance(
    observations: Iterable[Observation], terms: Terms, *, decision: Outcome | None, excuse: Outcome | None
) -> Finding:
    """What holds for one person and session.

    A decision holds whatever was seen. An approved excuse or make-up (`excuse`) is counted apart, and matters only to
    who was not there for long enough.
    """
    found = seen(observations, terms)
    if decision not in {None, Outcome.LIFTED}:
        return Finding(Status(decision), "decision", found.time_in, found.arrived_at)
    if excuse is not None and found.status is not Status.PRESENT:
        return Finding(Status(excuse), "excuse", found.time_in, found.arrived_at)
    return found


class Answer(enum.StrEnum):
    """What the door answers to a scan."""

    CHECKED_IN = "checked_in"
    ALREADY = "already"
    UNDONE = "undone"
    WRONG_EDITION = "wrong_edition"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"


def scanned_at(*, received_at: dt.datetime, made: dt.datetime | None, sent: dt.datetime | None) -> dt.datetime:
    """When a scan was made, by the server's clock: as long before it was received as the device says it had waited.

    `made` and `sent` are of the device's clock, which may be hours off; only their difference counts. One that makes no
    sense counts for nothing.
    """
    if made is None or sent is None:
        return received_at
    waited = utc(sent) - utc(made)
    return received_at - waited if dt.timedelta() <= waited <= LONGEST_DELAY else received_at


class Case(enum.StrEnum):
    """How one core session stands for a person or a city, the worst first."""

    LOST = "lost"  # missed, and nothing can be done about it any more
    MISSED = "missed"  # can still be made up for
    OPEN = "open"  # partly there: an organiser has to decide
    AHEAD = "ahead"
    SETTLED = "settled"


class Standing(enum.StrEnum):
    """Whether the core sessions can still be completed, the worst first."""

    NOT_MET = "not_met"
    AT_RISK = "at_risk"
    ON_TRACK = "on_track"
    MET = "met"


def case(status: Status, *, is_over: bool, is_last_call: bool) -> Case:
    """How a core session stands for one person; `is_last_call`: the edition is over, nothing can be made up any more."""
    if status in SETTLES:
        return Case.SETTLED
    if status is Status.ABSENT:
        return Case.LOST
    if status is Status.PARTIAL:
        return Case.OPEN
    if not is_over:
        return Case.LOST if is_last_call else Case.AHEAD
    return Case.LOST if is_last_call else Case.MISSED


def case_of_city(statuses: Sequence[Status], *, is_over: bool, is_last_call: bool) -> Case:
    """How a core session stands for a city that is to be represented by somebody. `statuses`: of each of its people.

    An excuse represents nobody: it settles the session only when all are excused. What one of them missed is lost when it
    is lost for all.
    """
    if any(status in REPRESENTS for status in statuses):
        return Case.SETTLED
    if statuses and all(status is Status.EXCUSED for status in statuses):
        return Case.SETTLED
    cases = [case(it, is_over=is_over, is_last_call=is_last_call) for it in statuses if it is not Status.EXCUSED]
    for found in (Case.OPEN, Case.AHEAD, Case.MISSED):
        if found in cases:
            return found
    return Case.LOST if cases or is_last_call else (Case.MISSED if is_over else Case.AHEAD)


def standing(cases: Iterable[Case]) -> Standing:
    """Whether it can still be met, from how each core session stands."""
    found = set(cases)
    if Case.LOST in found:
        return Standing.NOT_MET
    if found & {Case.MISSED, Case.OPEN}:
        return Standing.AT_RISK
    return Standing.ON_TRACK if Case.AHEAD in found else Standing.MET


@dataclass(frozen=True)
class Reasoned(Generic[K]):
    """A standing, and the core sessions it comes from, by how they stand."""

    standing: Standing
    cases: Sequence[tuple[K, Case]]

    def of(self, *wanted: Case) -> list[K]:
        return [key for key, found in self.cases if found in wanted]


def reasoned(cases: Sequence[tuple[K, Case]]) -> Reasoned[K]:
    return Reasoned(standing(found for _key, found in cases), cases)


class State(enum.StrEnum):
    """What a page says about somebody and a session: what is established, or else what the time makes of it."""

    PRESENT = "present"
    COUNTS = "counts"
    PARTIAL = "partial"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    MISSED = "missed"  # a core session is over, and nobody saw them
    NOT_SEEN = "not_seen"  # as MISSED, where it matters to nobody
    RUNNING = "running"  # not seen yet
    TO_COME = "to_come"
    NO_DATE = "no_date"
    CANCELLED = "cancelled"
    NOT_EXPECTED = "not_expected"  # a parallel session in which they have no seat


@dataclass(frozen=True)
class Moment:
    """Where a session stands in time. `ends_at` is None while no time is known."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    is_core: bool
    is_cancelled: bool

    def without_evidence(self, now: dt.datetime) -> State:
        """What is said about those of whom nothing is established."""
        if self.is_cancelled:
            return State.CANCELLED
        if self.starts_at is None or self.ends_at is None:
            return State.NO_DATE
        if now < self.starts_at:
            return State.TO_COME
        if now < self.ends_at:
            return State.RUNNING
        return State.MISSED if self.is_core else State.NOT_SEEN


def state(status: Status, *, is_expected: bool, otherwise: State) -> State:
    """What to say about somebody and a session; `otherwise` is what holds for those nobody has seen."""
    if status is not Status.NONE:
        return State(status)
    return otherwise if is_expected or otherwise is State.CANCELLED else State.NOT_EXPECTED
