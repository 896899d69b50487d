"""From when materials of a session can be seen. Plain values (decision 75)."""

import datetime as dt
import enum


class Release(enum.StrEnum):
    """From when: at once, once the session is over, or from a day in the edition's zone."""

    NOW = "now"
    AFTER = "after"
    DATE = "date"


def is_released(release: Release, released_on: dt.date | None, *, today: dt.date, is_past: bool) -> bool:
    """Return whether a material can be seen. `is_past`: whether its session is over; `today`: in the edition's zone."""
    if release is Release.AFTER:
        return is_past
    return release is Release.NOW or (released_on is not None and released_on <= today)
