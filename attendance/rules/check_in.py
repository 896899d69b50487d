"""What a scan at the door is answered, and when it was made: plain values, no ORM, no clock."""

import datetime as dt
import enum

from attendance.rules.attendance import utc

DOOR_OPENS_BEFORE = dt.timedelta(minutes=60)
LONGEST_DELAY = dt.timedelta(hours=12)  # how long a scan may wait on a phone before it is uploaded


class ScanAnswer(enum.StrEnum):
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
