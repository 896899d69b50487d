"""Admit requests by kind, so that under overload everybody gets what they came for (decision 34).

Pages can be asked for again: those that waited too long for a thread are refused, so that the others are served in time.
Forms wait much longer, in order, and then send themselves again (`sending_again`).
"""

import threading

LONGEST_WAIT = 5.0  # seconds
LONGEST_WAIT_OF_FORMS = 40.0  # seconds; proxies give up after 60, and serving takes time
_thread = threading.local()


def note(seconds: float, n_waiting: int) -> None:
    """Store how long the request that this thread now handles has waited, and how many forms wait now."""
    _thread.seconds, _thread.n_waiting = seconds, n_waiting


def is_too_long(method: str | None) -> bool:
    longest = LONGEST_WAIT_OF_FORMS if method == "POST" else LONGEST_WAIT
    return getattr(_thread, "seconds", 0.0) > longest


def n_waiting() -> int:
    """Return about how many forms waited when this thread took its request."""
    return getattr(_thread, "n_waiting", 0)
