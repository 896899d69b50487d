"""Codes that people type: Crockford's Base 32, which has no I, L, O or U. Plain values."""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("OIL", "011")


def typed_letters(text: str) -> str:
    """Return a code as it was meant: a whole address counts by its "code=", and case, spaces, dashes and O for 0 do not matter."""
    return re.sub(r"[\W_]", "", re.split("code=", text, flags=re.IGNORECASE)[-1]).upper().translate(MISREAD)
