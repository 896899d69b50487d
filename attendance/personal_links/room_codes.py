"""What the screen in a session's room shows: the code of the moment, and its QR code. The key never leaves the server."""

import datetime as dt
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString

from attendance.personal_links.badges import svg_of
from attendance.rules import room_codes
from programme.calendars.files import absolute
from programme.models import Session

SALT = "attendance.room_codes"


def key() -> bytes:
    """Return the key of all codes: derived from SECRET_KEY, for nothing else."""
    return salted_hmac(SALT, "", algorithm="sha256").digest()


def code_of(session: Session, now: dt.datetime) -> str:
    """Return a session's code at a moment."""
    return room_codes.code_at(key(), session.pk, room_codes.step_at(now))


def is_accepted(session: Session, typed: str, now: dt.datetime) -> bool:
    return room_codes.is_accepted(key(), session.pk, typed, now)


def qr_svg(session: Session, code: str) -> SafeString:
    """Return the QR code of a session's page for checking in oneself, with the code, as an SVG element that fits its box."""
    page = reverse("attendance:self-check-in", args=[session.edition.slug, session.slug])
    return svg_of(absolute(f"{page}?{urlencode({'code': code})}"))
