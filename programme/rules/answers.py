"""What people answer to questions, read by kind: from forms and from cells of lists. Plain values.

An answer is stored as one text, or a list of texts for several choices, and None if it is left empty: a number as digits with
a point, a day as 2025-11-06, a country and a choice as its key, yes and no as such, a file by its token and name.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from programme.rules.files import file_in
from programme.rules.questions import NO, YES, Answer, Kind
from udtacademy.db.countries import CODES, typed_country
from udtacademy.db.fields import validate_readable

LONGEST = {Kind.LINE: 300, Kind.TEXT: 4000, Kind.ADDRESS: 1000}  # characters
TOO_LONG = _("Shorten this to %(limit_value)d characters or fewer. It has %(show_value)d.")
NUMBER = re.compile(r"([+-]?)(\d{1,12})(?:[.,](\d{1,6}))?", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1900, 2099


def read_answer(kind: Kind, typed: str | Sequence[str] | None, *, choices: Sequence[str] = ()) -> Answer:
    """Return what is stored for what was typed; None if nothing was.

    `choices`: the keys of those that can be chosen, in their order. Raises ValidationError for what is no answer.
    """
    if kind is Kind.CHOICES:
        several = [typed] if isinstance(typed, str) else typed or []
        return read_choices([it for it in several if it], choices)
    text = typed if isinstance(typed, str) else "".join(typed or [])
    if not text.strip():
        return None
    if kind is Kind.CHOICE:
        return read_choices([text], choices)[0]  # type: ignore[index]
    return READERS[kind](text)


def read_choices(chosen: Sequence[str], choices: Sequence[str]) -> list[str] | None:
    if any(it not in choices for it in chosen):
        raise ValidationError(_("Choose from the list: what you chose is no longer offered."), code="invalid_choice")
    return [key for key in choices if key in chosen] or None


def read_line(text: str) -> str:
    """Return one line: line ends and repeated spaces, as pasted from spreadsheets and PDFs, become one space."""
    return readable(" ".join(text.split()), LONGEST[Kind.LINE])


def read_text(text: str) -> str:
    return readable(normalize_newlines(text).strip(), LONGEST[Kind.TEXT])


def read_address(text: str) -> str:
    lines = (" ".join(line.split()) for line in normalize_newlines(text).split("\n"))
    return readable("\n".join(filter(None, lines)), LONGEST[Kind.ADDRESS])


def readable(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValidationError(TOO_LONG, code="max_length", params={"limit_value": longest, "show_value": len(text)})
    validate_readable(text)
    return text


def read_yes_no(text: str) -> str:
    if text not in {YES, NO}:
        raise ValidationError(_("Choose yes or no."), code="invalid_choice")
    return text


def number_in(text: str) -> Decimal | None:
    """Return the number that a text such as 12.5 or 12,5 is; None if it is none."""
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals = match.groups(default="")
    return Decimal(f"{sign}{whole}.{decimals or 0}")


def read_number(text: str) -> str:
    number = number_in(text.strip())
    if number is None:
        raise ValidationError(_("Enter a number, for example 12 or 12.5."), code="invalid")
    return f"{number.normalize() + 0:f}"  # + 0: there is no -0


def day_in(text: str) -> dt.date | None:
    """Return the day that a text such as 2025-11-06 names; None if it names none."""
    match = DAY.fullmatch(text)
    try:
        return dt.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def read_day(text: str) -> str:
    day = day_in(text.strip())
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(_("Enter a date such as 2025-11-06."), code="invalid")
    return day.isoformat()


def read_country(text: str) -> str:
    code = typed_country(text)
    if code not in CODES:
        raise ValidationError(_("Choose a country."), code="invalid_choice")
    return code


def read_file(text: str) -> str:
    if file_in(text) is None:
        raise ValidationError(_("Choose a file."), code="invalid")
    return text


READERS: dict[Kind, Callable[[str], str]] = {
    Kind.LINE: read_line,
    Kind.TEXT: read_text,
    Kind.ADDRESS: read_address,
    Kind.YES_NO: read_yes_no,
    Kind.NUMBER: read_number,
    Kind.DATE: read_day,
    Kind.COUNTRY: read_country,
    Kind.FILE: read_file,
}
