"""Addresses to which servers report failures, one for each email (VERP), signed so that nobody can make one up.

"bounces+*@academy.example" becomes "bounces+2t-k3f5…@academy.example": the number of the email and a signature, in lower case, as
servers may change the case.
"""

import base64
import re
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from udtacademy.outbox.configuration import TAG

SALT = "udtacademy.outbox.return_paths"
SIGNATURE_BYTES = 10
LONGEST_NUMBER = 13  # digits in base 36, of a bigint
SEPARATOR = "-"


def return_path(number: int) -> str:
    """Return the address to which servers report failures of an email; empty if it is that of the sender."""
    address: str = settings.MAIL.bounce_address
    return address.replace(TAG, f"{int_to_base36(number)}{SEPARATOR}{signature(number, settings.SECRET_KEY)}")


def has_return_paths() -> bool:
    """Return whether each email has a return path of its own."""
    return TAG in settings.MAIL.bounce_address


def number_in(addresses: Iterable[str]) -> int | None:
    """Return the primary key of the email whose return path is among the addresses; None without one, or with a wrong signature."""
    before, tag, after = settings.MAIL.bounce_address.lower().partition(TAG)
    if not tag:
        return None
    # Some servers put a tag of their own in front (BATV: "prvs=0123456789=bounces+…").
    pattern = re.compile(
        rf"(?:.*=)?{re.escape(before)}([0-9a-z]{{1,{LONGEST_NUMBER}}}){SEPARATOR}([a-z2-7]+){re.escape(after)}"
    )
    for address in addresses:
        match = pattern.fullmatch(address.strip().lower())
        if match and is_signed(number := base36_to_int(match[1]), match[2]):
            return number
    return None


def is_signed(number: int, signed: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(signature(number, key), signed) for key in keys)


def signature(number: int, key: str) -> str:
    digest = salted_hmac(SALT, str(number), secret=key, algorithm="sha256").digest()
    return base64.b32encode(digest[:SIGNATURE_BYTES]).decode().lower()
