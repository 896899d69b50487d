"""How long a request has waited for a thread: whoever waited too long is told to come back, and the others are served.

Without that a queue that is longer than patience is worked off for people who have left.
"""

import threading

LONGEST_WAIT = 5.0  # seconds
_thread = threading.local()


def note(seconds: float) -> None:
    """Of the request that this thread takes now."""
    _thread.seconds = seconds


def is_too_long() -> bool:
    return getattr(_thread, "seconds", 0.0) > LONGEST_WAIT
