"""What follows from evidence and decisions, answered from plain values: no ORM, no clock.

All moments are aware datetimes of whatever zone; they are compared and subtracted as instants, also in the nights in which
clocks change. docs/decisions/0010 and 0011 say why the rules are these.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

K = TypeVar("K")

EARLIEST = dt.timedelta(hours=2)  # who is seen this long before a session is seen for that session


class EvidenceKind(enum.StrEnum):
    """Where an observation comes from, the most trusted first."""

    REPORT = "report"
    DOOR = "door"
    JOIN = "join"


class DecidedOutcome(enum.StrEnum):
    """What an organiser can decide about somebody and a session; LIFTED: nothing stands any more."""

    PRESENT = "present"
    COUNTS = "counts"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    LIFTED = "lifted"


class AttendanceStatus(enum.StrEnum):
    """What is established about somebody and a session; NONE: nobody has seen them, and nobody has decided.

    HERE and NOT_YET depend on the time at which one asks: `as_of` gives them, and no row has them.
    """

    PRESENT = "present"
    COUNTS = "counts"
    CLICKED = "clicked"  # only pressed Join, and the edition counts that
    TO_DECIDE = "to_decide"  # only pressed Join, and an organiser has to decide
    PARTIAL = "partial"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    HERE = "here"  # seen, and the session has not ended
    NOT_YET = "not_yet"  # not seen, and registered only after it was held
    NONE = ""


BY_EVIDENCE = frozenset(kind.value for kind in EvidenceKind)  # the sources of what evidence establishes
WAS_THERE = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.COUNTS, AttendanceStatus.CLICKED})
UNDECIDED = frozenset({AttendanceStatus.PARTIAL, AttendanceStatus.TO_DECIDE})  # for an organiser
SETTLES = WAS_THERE | {AttendanceStatus.EXCUSED, AttendanceStatus.MADE_UP}
REPRESENTS = WAS_THERE | {AttendanceStatus.MADE_UP}  # somebody's city


@dataclass(frozen=True)
class Observation:
    """Somebody was seen: from `starts_at` to `ends_at`, or at one moment, which measures nothing."""

    kind: EvidenceKind
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None


class ClickRule(enum.StrEnum):
    """When a click on Join counts although nothing else confirms that somebody was there."""

    UNTIL_REPORT = "until_report"
    NEVER = "never"
    ALWAYS = "always"

    def holds(self, *, is_reported: bool) -> bool:
        """`is_reported`: a report of the whole session has been applied."""
        return self is ClickRule.ALWAYS or (self is ClickRule.UNTIL_REPORT and not is_reported)


@dataclass(frozen=True)
class Terms:
    """The actual time, the share of it (0–1) that is enough, and how late one may come. None: no time is known.

    `clicks_count`: whether a click on Join counts while nothing confirms it (`ClickRule.holds`); `join_opens_before`: how
    long before the start one can join. An earlier click was made for another time.
    """

    window: tuple[dt.datetime, dt.datetime] | None
    share: float
    late_tolerance: dt.timedelta
    clicks_count: bool = True
    join_opens_before: dt.timedelta = EARLIEST

    @cached_property
    def instants(self) -> tuple[dt.datetime, dt.datetime] | None:
        return self.window and (utc(self.window[0]), utc(self.window[1]))


@dataclass(frozen=True)
class Finding:
    """What follows for one person and session. `source` says what it rests on; empty where it rests on nothing."""

    status: AttendanceStatus
    source: str = ""
    time_in: dt.timedelta = dt.timedelta()  # measured, within the actual time
    arrived_at: dt.datetime | None = None

    @property
    def minutes(self) -> int:
        return int(self.time_in.total_seconds() // 60)


def utc(moment: dt.datetime) -> dt.datetime:
    """The instant. Two moments of one zone would be subtracted as clocks show them, an hour wrong in two nights a year."""
    return moment.astimezone(dt.UTC)


def time_in(observations: Iterable[Observation], terms: Terms) -> dt.timedelta:
    """How long somebody was there: |union of what was measured ∩ the actual time|."""
    if terms.instants is None:
        return dt.timedelta()
    starts, ends = terms.instants
    stretches = sorted(
        (max(utc(observation.starts_at), starts), min(utc(observation.ends_at), ends))
        for observation in observations
        if observation.ends_at is not None
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
        max(utc(observation.starts_at), starts)
        for observation in observations
        if (
            starts < utc(observation.ends_at) and utc(observation.starts_at) < ends
            if observation.ends_at
            else is_near(observation.starts_at, terms)
        )
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
    missed nothing. A click alone is never presence: it counts where the terms say so, or waits for an organiser.
    """
    observations = list(observations)
    measured = time_in(observations, terms)
    if terms.instants is None:
        return Finding(AttendanceStatus.NONE)
    starts, ends = terms.instants
    for kind in EvidenceKind:
        of_kind = [observation for observation in observations if observation.kind == kind]
        arrived_at = arrival(of_kind, terms)
        if arrived_at is None:
            continue
        late = arrived_at - starts
        forgiven = late if late <= terms.late_tolerance else dt.timedelta()
        stayed = time_in(of_kind, terms) if kind is EvidenceKind.REPORT else ends - arrived_at
        is_enough = stayed + forgiven >= (ends - starts) * terms.share
        if kind is EvidenceKind.JOIN:
            is_for_it = any(
                utc(observation.starts_at) >= starts - terms.join_opens_before
                for observation in of_kind
                if is_near(observation.starts_at, terms)
            )
            status = (
                AttendanceStatus.CLICKED
                if is_enough and is_for_it and terms.clicks_count
                else AttendanceStatus.TO_DECIDE
            )
        else:
            status = AttendanceStatus.PRESENT if is_enough else AttendanceStatus.PARTIAL
        return Finding(status, kind, measured, arrived_at)
    return Finding(AttendanceStatus.NONE)


def attendance(
    observations: Iterable[Observation], terms: Terms, *, decision: DecidedOutcome | None, excuse: DecidedOutcome | None
) -> Finding:
    """What holds for one person and session.

    A decision holds whatever was seen. An approved excuse or make-up (`excuse`) is counted apart, and matters only to
    who was not there for long enough.
    """
    finding = seen(observations, terms)
    if decision not in {None, DecidedOutcome.LIFTED}:
        return Finding(AttendanceStatus(decision), "decision", finding.time_in, finding.arrived_at)
    if excuse is not None and finding.status is not AttendanceStatus.PRESENT:
        return Finding(AttendanceStatus(excuse), "excuse", finding.time_in, finding.arrived_at)
    return finding


def as_of(status: AttendanceStatus, source: str, *, has_ended: bool, was_registered: bool) -> AttendanceStatus:
    """What a recorded status means now.

    Evidence settles nothing before the session's end. `was_registered`: before that end; who registers later has not
    missed it.
    """
    if not has_ended:
        return AttendanceStatus.HERE if source in BY_EVIDENCE else status
    return AttendanceStatus.NOT_YET if status is AttendanceStatus.NONE and not was_registered else status


def supports_settling(*, n_matched: int, n_listed: int, n_absent: int, n_expected: int) -> bool:
    """Whether a report's numbers support that whoever it does not show was not there.

    More than half of those it lists are matched, and at most half of those expected would be absent: else the file is
    rather a part of the meeting, or read wrongly.
    """
    return 2 * n_matched > n_listed and 2 * n_absent <= n_expected
