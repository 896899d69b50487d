"""Refuse pages that waited 5 s for a thread and forms that waited 25 s, so that the others are served in time (decision 34).

Pages can be asked for again. Forms wait longer, in order, and are then sent again by a page (`sending_again`).
"""

import threading

LONGEST_WAIT = 5.0  # seconds
# Seconds; proxies give up after 60: 25 in the queue, two locks of 10 (`bin/start`), and 15 for the work.
LONGEST_WAIT_OF_FORMS = 25.0
_thread = threading.local()


def note(seconds: float, n_waiting: int, *, is_stopping: bool = False) -> None:
    """Store how long the request that this thread now handles has waited, how many forms wait, and if the process stops."""
    _thread.seconds, _thread.n_waiting, _thread.is_stopping = seconds, n_waiting, is_stopping


def is_too_long(method: str | None) -> bool:
    """Return whether the request waited too long. In a process that stops, forms wait no longer than pages.

    gunicorn gives it 30 s, and what is in the queue then would be lost.
    """
    waits_longer = method == "POST" and not getattr(_thread, "is_stopping", False)
    return getattr(_thread, "seconds", 0.0) > (LONGEST_WAIT_OF_FORMS if waits_longer else LONGEST_WAIT)


def n_waiting() -> int:
    """Return about how many forms waited when this thread took its request."""
    return getattr(_thread, "n_waiting", 0)
