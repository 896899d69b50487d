"""The attendance that follows from evidence and decisions: plain values, no ORM, no clock.

Moments are aware datetimes in any zone, compared and subtracted as instants, also on the nights when clocks change. Reasons: docs/decisions/0010 and 0011.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

K = TypeVar("K")

EARLIEST = dt.timedelta(hours=2)  # a person seen this long before the start counts as seen for the session


class EvidenceKind(enum.StrEnum):
    """The source of an observation, the most trusted first."""

    REPORT = "report"
    DOOR = "door"
    WORD = "word"  # an organiser saw them
    SELF = "self"  # they entered the code on the room's screen
    LIVE = "live"  # the meeting's platform says so while it happens
    JOIN = "join"


class DecidedOutcome(enum.StrEnum):
    """What an organiser can decide about a person and a session. LIFTED: no decision counts any longer."""

    PRESENT = "present"
    COUNTS = "counts"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    LIFTED = "lifted"


class AttendanceStatus(enum.StrEnum):
    """What is established about a person and a session. NONE: not seen, and nothing decided.

    HERE and NOT_YET depend on the current time: `as_of` returns them, and no row has them.
    """

    PRESENT = "present"
    COUNTS = "counts"
    CLICKED = "clicked"  # only pressed Join, which counts in this edition
    TO_DECIDE = "to_decide"  # only pressed Join, and an organiser has to decide
    PARTIAL = "partial"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    HERE = "here"  # seen, and the session has not ended
    NOT_YET = "not_yet"  # not seen, and registered only after it was held
    NONE = ""


# The most trusted first. A scan and an organiser's word count alike: the first of them counts.
BY_TRUST = (
    (EvidenceKind.REPORT,),
    (EvidenceKind.DOOR, EvidenceKind.WORD),
    (EvidenceKind.SELF,),
    (EvidenceKind.LIVE,),  # below the report that follows (decision 63)
    (EvidenceKind.JOIN,),
)
MEASURING = frozenset({EvidenceKind.REPORT, EvidenceKind.LIVE})
BY_EVIDENCE = frozenset(kind.value for kind in EvidenceKind)  # the sources of what evidence establishes
WAS_THERE = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.COUNTS, AttendanceStatus.CLICKED})
UNDECIDED = frozenset({AttendanceStatus.PARTIAL, AttendanceStatus.TO_DECIDE})  # for an organiser
SETTLES = WAS_THERE | {AttendanceStatus.EXCUSED, AttendanceStatus.MADE_UP}
REPRESENTS = WAS_THERE | {AttendanceStatus.MADE_UP}  # somebody's city


@dataclass(frozen=True)
class Observation:
    """One sighting of a person: from `starts_at` to `ends_at`, or at one moment, which measures no time."""

    kind: EvidenceKind
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None


class ClickRule(enum.StrEnum):
    """When a click on Join counts although nothing else confirms attendance."""

    UNTIL_REPORT = "until_report"
    NEVER = "never"
    ALWAYS = "always"

    def counts(self, *, is_reported: bool) -> bool:
        """Return whether an unconfirmed click counts. `is_reported`: a report of the whole session has been applied."""
        return self is ClickRule.ALWAYS or (self is ClickRule.UNTIL_REPORT and not is_reported)


@dataclass(frozen=True)
class Terms:
    """The terms of attendance: the session's time, the share of it (0–1) that is required, how late one may arrive.

    `window`: None while no time is known. `clicks_count`: whether an unconfirmed click counts. `join_opens_before`: how
    long before the start joining opens; an earlier click does not count for the session.
    """

    window: tuple[dt.datetime, dt.datetime] | None
    share: float
    late_tolerance: dt.timedelta
    clicks_count: bool = True
    join_opens_before: dt.timedelta = EARLIEST

    @cached_property
    def instants(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Return the window in UTC."""
        return self.window and (utc(self.window[0]), utc(self.window[1]))


@dataclass(frozen=True)
class Finding:
    """The result for one person and session. `source`: its basis; "" for none. `time_in`: measured time."""

    status: AttendanceStatus
    source: str = ""
    time_in: dt.timedelta = dt.timedelta()  # measured, within the actual time
    arrived_at: dt.datetime | None = None

    @property
    def minutes(self) -> int:
        """Return the measured time in whole minutes."""
        return int(self.time_in.total_seconds() // 60)


def utc(moment: dt.datetime) -> dt.datetime:
    """Return a moment in UTC. Python subtracts moments in one zone by local time: an hour wrong when clocks change."""
    return moment.astimezone(dt.UTC)


def time_in(observations: Iterable[Observation], terms: Terms) -> dt.timedelta:
    """Return how long a person attended: the union of the measured times, within the session's time."""
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
    """Return when a person was first seen for the session, not before its start; None if never."""
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
    """Return whether a person seen at that moment counts for the session: from EARLIEST before its start until its end."""
    if terms.instants is None:
        return False
    starts, ends = terms.instants
    return starts - EARLIEST <= utc(moment) < ends


def seen(observations: Iterable[Observation], terms: Terms) -> Finding:
    """Return what observations alone establish: the most trusted kind that saw the person decides; others add minutes.

    A report and a platform measure time; a scan, an organiser's word, a self check-in or a click means "from then on". Lateness within the tolerance is
    ignored. A click alone is never presence: it counts if the terms say so, else it needs an organiser's decision.
    """
    observations = list(observations)
    measured = time_in(measuring(observations, terms), terms)
    if terms.instants is None:
        return Finding(AttendanceStatus.NONE)
    starts, ends = terms.instants
    for kinds in BY_TRUST:
        of_kind = [observation for observation in observations if observation.kind in kinds]
        arrived_at = arrival(of_kind, terms)
        if arrived_at is None:
            continue
        kind = next(it for it in kinds if arrival((seen for seen in of_kind if seen.kind == it), terms) == arrived_at)
        late = arrived_at - starts
        forgiven = late if late <= terms.late_tolerance else dt.timedelta()
        stayed = time_in(of_kind, terms) if kind in MEASURING else ends - arrived_at
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


def measuring(observations: Sequence[Observation], terms: Terms) -> Sequence[Observation]:
    """Return the observations whose time counts: once a report saw the person, not what the platform said live."""
    others = [it for it in observations if it.kind is not EvidenceKind.LIVE]
    is_reported = arrival((it for it in others if it.kind is EvidenceKind.REPORT), terms) is not None
    return others if is_reported else observations


def attendance(
    observations: Iterable[Observation], terms: Terms, *, decision: DecidedOutcome | None, excuse: DecidedOutcome | None
) -> Finding:
    """Return the attendance of one person at one session.

    A decision overrides the evidence. `excuse`: an approved excuse or make-up; it matters only for people who were not
    present.
    """
    finding = seen(observations, terms)
    if decision not in {None, DecidedOutcome.LIFTED}:
        return Finding(AttendanceStatus(decision), "decision", finding.time_in, finding.arrived_at)
    if excuse is not None and finding.status is not AttendanceStatus.PRESENT:
        return Finding(AttendanceStatus(excuse), "excuse", finding.time_in, finding.arrived_at)
    return finding


def as_of(status: AttendanceStatus, source: str, *, has_ended: bool, was_registered: bool) -> AttendanceStatus:
    """Return what a recorded status means now.

    Evidence settles nothing before the session's end. `was_registered`: whether the person was registered before that
    end; people who registered later have not missed the session.
    """
    if not has_ended:
        return AttendanceStatus.HERE if source in BY_EVIDENCE else status
    return AttendanceStatus.NOT_YET if status is AttendanceStatus.NONE and not was_registered else status


def counts_so_far(recorded: str) -> bool:
    """Return whether a recorded status counts once the session has ended, as things stand: no click alone where none counts."""
    return recorded in WAS_THERE


def supports_settling(*, n_matched: int, n_listed: int, n_absent: int, n_expected: int) -> bool:
    """Return whether a report's numbers support that the people missing from it were absent.

    Required: more than half of the people it lists are matched, and at most half of those expected would be absent.
    Otherwise the file more likely covers part of the meeting or was misread.
    """
    return 2 * n_matched > n_listed and 2 * n_absent <= n_expected
