"""Badge codes: the content of a participant's QR code, short enough to type. Signed; a number, no name.

A code is the participant's primary key and 40 bits of a signature, in Crockford's Base 32 (no I, L, O or U), in groups
of four. Only staff and kiosks, which staff set up, can try codes, and guessing one takes about 10¹² attempts.
"""

import hashlib
import hmac
import re

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe

from attendance.rules.code_letters import ALPHABET, typed_letters
from programme.calendars.files import absolute
from programme.models import Participant

SALT = "attendance.badge"
SIGNATURE_BITS = 40
GROUP = 4
LONGEST = 32  # characters; a number in the database has at most 13
QUIET_ZONE = 4  # modules around a QR code
MASK = 3  # of printed QR codes: trying all eight takes 32 ms a code instead of 8, and scanners read each


def code_of(participant: Participant, key: str | bytes = "") -> str:
    """Return a participant's code in capital letters and digits, in groups of four: "7K3M-9QPX-T2".

    `key`: one of `keys`, for codes as they were printed before the key was changed.
    """
    number = participant.pk << SIGNATURE_BITS | signature(participant.pk, key or settings.SECRET_KEY)
    text = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        text = ALPHABET[digit] + text
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def read(code: str) -> int | None:
    """Return the participant's primary key; None if the code is not one of ours.

    Case, spaces, dashes and O for 0 do not matter. A whole address, as a phone's camera reads it from the QR code,
    works too.
    """
    typed = typed_letters(code)
    if not typed or len(typed) > LONGEST or set(typed) - set(ALPHABET):
        return None
    number = 0
    for sign in typed:
        number = number * len(ALPHABET) + ALPHABET.index(sign)
    pk, given = number >> SIGNATURE_BITS, number & ((1 << SIGNATURE_BITS) - 1)
    is_ours = any(hmac.compare_digest(as_bytes(given), as_bytes(signature(pk, key))) for key in keys())
    return pk if is_ours else None


def keys() -> tuple[str | bytes, ...]:
    """Return the keys by which codes are signed: the first now, the others before."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def checks_of(participant: Participant) -> tuple[str, ...]:
    """Return what a device without a network knows codes by: of each key 16 bits of the code's SHA-256, as four hexadecimal digits.

    The number in the code is no secret. Of the 40 bits that are, 24 stay unknown to anybody who reads this, and only staff and
    kiosks can try codes: a device that was lost has no code on it. A forged code passes one time in 65,536 for each key,
    until the server answers.
    """
    codes = (code_of(participant, key).replace("-", "") for key in keys())
    return tuple(hashlib.sha256(code.encode()).hexdigest()[:4] for code in codes)


def signature(pk: int, key: str | bytes) -> int:
    digest = salted_hmac(SALT, str(pk), secret=key, algorithm="sha256").digest()
    return int.from_bytes(digest[: SIGNATURE_BITS // 8], "big")


def as_bytes(number: int) -> bytes:
    return number.to_bytes(SIGNATURE_BITS // 8, "big")


def badge_url(participant: Participant) -> str:
    """Return the content of the QR code: the check-in page with the code, for desks that scan with a phone's camera."""
    return absolute(f"{reverse('attendance:check-in', args=[participant.edition.slug])}?code={code_of(participant)}")


def qr_svg(participant: Participant) -> SafeString:
    """Return the QR code as an SVG element that fits its box. Level M: readable from a scratched print."""
    return svg_of(badge_url(participant))


def svg_of(text: str) -> SafeString:
    """Return a text as a QR code, an SVG element that fits its box."""
    qr = segno.make_qr(text, error="m")
    return mark_safe(qr.svg_inline(omitsize=True, border=4, svgclass="badge-code", lineclass=None))  # noqa: S308 - segno's


def printed_qr(participant: Participant) -> str:
    """Return a participant's QR code as an SVG file for print."""
    return qr_file(badge_url(participant))


def qr_file(text: str) -> str:
    """Return a text as a QR code, an SVG file for print, each run of dark modules as a rectangle. A fifth of the time of `svg_of`."""
    qr = segno.make_qr(text, error="m", mask=MASK)
    rows = (bytes(row).translate(b"01" + bytes(254)).decode() for row in qr.matrix)
    runs = [(y, it) for y, row in enumerate(rows) for it in re.finditer("1+", row)]
    path = "".join(f"M{it.start() + QUIET_ZONE} {y + QUIET_ZONE}h{len(it[0])}v1h-{len(it[0])}z" for y, it in runs)
    size = len(qr.matrix) + 2 * QUIET_ZONE
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'
