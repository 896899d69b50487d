"""Single values of a programme file: brought to one form, or refused with what was expected."""

import datetime as dt
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.text import normalize_newlines
from pydantic import ValidationInfo

from programme import rules
from udtacademy.db.fields import in_one_line, validate_readable
from udtacademy.outbox.addresses import normalised_address, validate_address, validate_plain_address

FROM_FILE = "from a file"


def clean_text(text: str) -> str:
    """Without NUL, which PostgreSQL cannot keep, and with one kind of line end, the only one a TOML file keeps."""
    if "\0" in text:
        raise ValueError("expected text without NUL characters")
    return normalize_newlines(text)


def clean_line(text: str, info: ValidationInfo) -> str:
    """In one line; readable where it is read from a file. What the database has is written out whatever it is."""
    text = in_one_line(clean_text(text))
    if text and info.context == FROM_FILE:
        try:
            validate_readable(text)
        except DjangoValidationError:
            raise ValueError(
                f"expected text with a letter or digit and no control characters, found {text!r}"
            ) from None
    return text


def of_our_time(day: dt.date) -> dt.date:
    if not rules.FIRST_DAY <= day <= rules.LAST_DAY:
        raise ValueError(f"expected a day between 2000 and 2099, found {day}")
    return day


def known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"expected the name of a time zone such as Europe/Madrid, found “{name}”")
    return name


def known_address(email: str) -> str:
    try:
        if email := normalised_address(email):
            validate_address(email)
            validate_plain_address(email)
    except DjangoValidationError:
        raise ValueError(f"expected an e-mail address, found “{email}”") from None
    return email


def free_slug(slug: str) -> str:
    if slug in rules.RESERVED_SLUGS:
        raise ValueError(f"expected an address the site does not use itself, found “{slug}”")
    return slug
