"""Windows of time in which something is open, such as registration."""

import datetime as dt
import enum


class Window(enum.Enum):
    """Where a moment lies relative to a window."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"


def window(opens_at: dt.datetime | None, closes_at: dt.datetime | None, now: dt.datetime) -> Window:
    """Return where `now` lies: open from `opens_at` until `closes_at` (None: no end); unknown without `opens_at`."""
    if closes_at is not None and now >= closes_at:
        return Window.OVER
    if opens_at is None:
        return Window.UNKNOWN
    return Window.OPEN if now >= opens_at else Window.NOT_YET
