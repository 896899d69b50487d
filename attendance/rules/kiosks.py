"""Which of the sessions whose doors are open a badge is scanned for: plain values, no ORM, no clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OpenDoor:
    """A session whose door is open, by its primary key. `is_expected`: it is for the person who is scanned."""

    session: int
    starts_at: dt.datetime
    is_expected: bool


def door_for(doors: Sequence[OpenDoor], now: dt.datetime) -> int | None:
    """Return the session that a person comes to: one that expects them before others, one that runs before those to come.

    Of those that run the latest, of those to come the next. None if no door is open.
    """

    def order(door: OpenDoor) -> tuple[bool, bool, dt.timedelta, int]:
        return (not door.is_expected, door.starts_at > now, abs(now - door.starts_at), door.session)

    return min(doors, key=order).session if doors else None
