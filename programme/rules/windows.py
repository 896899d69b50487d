"""Whether something is open: registering, choosing tracks, joining."""

import datetime as dt
import enum


class Window(enum.Enum):
    """Where a moment lies with regard to what is open for a while: registering, choosing tracks."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"


def window(opens_at: dt.datetime | None, closes_at: dt.datetime | None, now: dt.datetime) -> Window:
    """Open from `opens_at` until `closes_at`, for ever without the latter; unknown while no opening is given."""
    if closes_at is not None and now >= closes_at:
        return Window.OVER
    if opens_at is None:
        return Window.UNKNOWN
    return Window.OPEN if now >= opens_at else Window.NOT_YET
