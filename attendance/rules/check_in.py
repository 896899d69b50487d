"""The answers to a scan at check-in, and the time of a scan: plain values, no ORM, no clock."""

import datetime as dt
import enum

from attendance.rules.attendance import utc

DOOR_OPENS_BEFORE = dt.timedelta(minutes=60)
LONGEST_DELAY = dt.timedelta(days=14)  # how long a scan may wait on a phone: over a weekend, a holiday, a repair


class ScanAnswer(enum.StrEnum):
    """The answer to a scan at check-in."""

    CHECKED_IN = "checked_in"
    ALREADY = "already"
    UNDONE = "undone"
    WRONG_EDITION = "wrong_edition"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"


def scanned_at(*, received_at: dt.datetime, made: dt.datetime | None, sent: dt.datetime | None) -> dt.datetime:
    """Return when a scan was made, by the server's clock: before `received_at` by as long as the device says it waited.

    `made` and `sent` are by the device's clock, which may be hours off, so only their difference is used. An
    implausible difference is ignored.
    """
    if made is None or sent is None:
        return received_at
    waited = utc(sent) - utc(made)
    return received_at - waited if dt.timedelta() <= waited <= LONGEST_DELAY else received_at
