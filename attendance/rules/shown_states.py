"""What pages show for a person and a session: the recorded status, else what the time implies. Plain values."""

import datetime as dt
import enum
from dataclasses import dataclass

from attendance.rules.attendance import AttendanceStatus


class ShownState(enum.StrEnum):
    """The state of a person at a session, as pages show it."""

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
    NO_TIME = "no_time"  # only the day is known
    NO_DATE = "no_date"
    CANCELLED = "cancelled"
    NOT_EXPECTED = "not_expected"  # a parallel session in which they have no seat


# A session has begun, and nothing settles yet what it was for a person expected there.
UNSETTLED = frozenset(
    {ShownState.MISSED, ShownState.NOT_SEEN, ShownState.RUNNING, ShownState.PARTIAL, ShownState.TO_DECIDE}
)


@dataclass(frozen=True)
class SessionTimes:
    """The times of a session, None while unknown, and what else decides its state."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    is_core: bool
    is_cancelled: bool
    is_day_known: bool = False  # without times

    def has_ended(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def was_registered(self, registered_at: dt.datetime | None) -> bool:
        """Return whether a person registered before the session's end. True for None: not registered now, so nothing follows."""
        return registered_at is None or self.ends_at is None or registered_at < self.ends_at

    def without_evidence(self, now: dt.datetime) -> ShownState:
        """Return the state of people for whom nothing is established."""
        if self.is_cancelled:
            return ShownState.CANCELLED
        if self.starts_at is None or self.ends_at is None:
            return ShownState.NO_TIME if self.is_day_known else ShownState.NO_DATE
        if now < self.starts_at:
            return ShownState.TO_COME
        if now < self.ends_at:
            return ShownState.RUNNING
        return ShownState.MISSED if self.is_core else ShownState.NOT_SEEN


def shown_state(status: AttendanceStatus, *, is_expected: bool, otherwise: ShownState) -> ShownState:
    """Return the state of a person at a session. `status`: `as_of` now; `otherwise`: the state if nobody saw them."""
    if status not in {AttendanceStatus.NONE, AttendanceStatus.NOT_YET}:
        return ShownState(status)
    if otherwise is ShownState.CANCELLED:
        return otherwise
    if not is_expected:
        return ShownState.NOT_EXPECTED
    return ShownState.NOT_YET if status is AttendanceStatus.NOT_YET else otherwise
