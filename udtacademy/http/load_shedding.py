"""Refuse requests that have waited too long for a thread, so that the others are served in time.

Otherwise, under overload, threads would work for people who have already left.
"""

import threading

LONGEST_WAIT = 5.0  # seconds
_thread = threading.local()


def note(seconds: float) -> None:
    """Store how long the request that this thread now handles has waited."""
    _thread.seconds = seconds


def is_too_long() -> bool:
    return getattr(_thread, "seconds", 0.0) > LONGEST_WAIT
