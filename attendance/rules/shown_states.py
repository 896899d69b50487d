"""What pages say about a person and a session: the recorded status, or else what follows from the time. Plain values."""

import datetime as dt
import enum
from dataclasses import dataclass

from attendance.rules.attendance import AttendanceStatus


class ShownState(enum.StrEnum):
    """What a page says about a person and a session."""

    PRESENT = "present"
    COUNTS = "counts"
    CLICKED = "clicked"
    TO_DECIDE = "to_decide"
    PARTIAL = "partial"
    EXCUSED = "excused"
    MADE_UP = "made_up"
    ABSENT = "absent"
    HERE = "here"
    NOT_YET = "not_yet"
    MISSED = "missed"  # a core session is over, and nobody saw them
    NOT_SEEN = "not_seen"  # as MISSED, for a session that is not core
    RUNNING = "running"  # not seen yet
    TO_COME = "to_come"
    NO_DATE = "no_date"
    CANCELLED = "cancelled"
    NOT_EXPECTED = "not_expected"  # a parallel session in which they have no seat


@dataclass(frozen=True)
class Moment:
    """Where a session stands in time. `starts_at` and `ends_at` are None while no time is known."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    is_core: bool
    is_cancelled: bool

    def has_ended(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def was_registered(self, registered_at: dt.datetime | None) -> bool:
        """Whether a person registered before the session's end. True for None: not registered now, so nothing follows."""
        return registered_at is None or self.ends_at is None or registered_at < self.ends_at

    def without_evidence(self, now: dt.datetime) -> ShownState:
        """Return what is said about people for whom nothing is established."""
        if self.is_cancelled:
            return ShownState.CANCELLED
        if self.starts_at is None or self.ends_at is None:
            return ShownState.NO_DATE
        if now < self.starts_at:
            return ShownState.TO_COME
        if now < self.ends_at:
            return ShownState.RUNNING
        return ShownState.MISSED if self.is_core else ShownState.NOT_SEEN


def shown_state(status: AttendanceStatus, *, is_expected: bool, otherwise: ShownState) -> ShownState:
    """Return what to say about a person and a session. `status`: `as_of` now; `otherwise`: for people nobody has seen."""
    if status not in {AttendanceStatus.NONE, AttendanceStatus.NOT_YET}:
        return ShownState(status)
    if otherwise is ShownState.CANCELLED:
        return otherwise
    if not is_expected:
        return ShownState.NOT_EXPECTED
    return ShownState.NOT_YET if status is AttendanceStatus.NOT_YET else otherwise
