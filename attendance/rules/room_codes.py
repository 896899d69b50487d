"""The code that the screen in a session's room shows for self check-in: plain values, no clock.

It changes every STEP, and the one before is accepted as well, so that nobody is refused who typed while it changed. A
code that was passed on therefore works for at most 40 seconds.
"""

import datetime as dt
import hashlib
import hmac

from attendance.rules.code_letters import ALPHABET, typed_letters

STEP = 20  # seconds
LENGTH = 6  # 30 bits: of a thousand million codes, two are accepted
BITS = 5  # of a letter


def step_at(now: dt.datetime) -> int:
    """Return the number of the step that a moment is in, counted since 1970."""
    return int(now.timestamp()) // STEP


def code_at(key: bytes, session: int, step: int) -> str:
    """Return the code of a session, by its primary key, in a step."""
    digest = hmac.digest(key, f"{session}:{step}".encode(), hashlib.sha256)
    number = int.from_bytes(digest[:8], "big")
    return "".join(ALPHABET[number >> BITS * place & 31] for place in range(LENGTH))


def is_accepted(key: bytes, session: int, typed: str, now: dt.datetime) -> bool:
    """Return whether what was typed is the session's code of this step or of the one before."""
    letters, step = typed_letters(typed), step_at(now)
    codes = (code_at(key, session, it) for it in (step, step - 1))
    return any(hmac.compare_digest(letters.encode(), code.encode()) for code in codes)
