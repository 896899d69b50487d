"""When a meeting's report is asked of its platform, and what may be wrong. The platform makes it some time after the end."""

import datetime as dt
import enum

TRIES_AFTER = tuple(dt.timedelta(minutes=it) for it in (30, 60, 180, 480, 1440))  # after the session's end
APART = dt.timedelta(minutes=20)  # at least between two tries, also after an outage
AGAIN_AFTER = dt.timedelta(minutes=1)  # at least between the last try and one that an organiser asks for
STALE = TRIES_AFTER[-1] + dt.timedelta(hours=12)  # after the end: from then on nothing is asked
LONGEST_WAIT = 6 * 3600  # seconds that a platform may ask for


class Problem(enum.StrEnum):
    """Why a platform gave no report."""

    NOT_YET = "not_yet"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"


def next_try(
    ended_at: dt.datetime, n_tries: int, tried_at: dt.datetime | None = None, not_before: dt.datetime | None = None
) -> dt.datetime | None:
    """Return when to ask, after so many tries; None if there were enough. `not_before`: when the platform asked us to come again."""
    if n_tries >= len(TRIES_AFTER):
        return None
    earliest = [ended_at + TRIES_AFTER[n_tries], not_before, tried_at and tried_at + APART]
    return max(it for it in earliest if it)
