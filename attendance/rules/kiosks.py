"""Which of the sessions whose doors are open a badge is scanned for: plain values, no ORM, no clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

SAME_VISIT = dt.timedelta(minutes=2)  # in which a second scan is the same badge held there again


@dataclass(frozen=True)
class OpenDoor:
    """A session whose door is open, by its primary key. `is_expected`: it is for the person who is scanned.

    `entered_at`: when they were checked in there; None if they are not in.
    """

    session: int
    starts_at: dt.datetime
    is_expected: bool
    entered_at: dt.datetime | None = None


def door_for(doors: Sequence[OpenDoor], now: dt.datetime) -> int | None:
    """Return the session that a person comes to: one that expects them before others, and of these one where they are not in yet.

    Who was checked in just now is still there. One that runs comes before those to come; of those that run the latest, of
    those to come the next. None if no door is open.
    """

    def order(door: OpenDoor) -> tuple[bool, bool, bool, bool, dt.timedelta, int]:
        is_in = door.entered_at is not None
        is_same_visit = door.entered_at is not None and now - door.entered_at <= SAME_VISIT
        distance = abs(now - door.starts_at)
        return (not door.is_expected, not is_same_visit, is_in, door.starts_at > now, distance, door.session)

    return min(doors, key=order).session if doors else None
