"""What all tables of a programme file are made of: texts in lines and paragraphs, days, and times."""

import datetime as dt
from typing import Annotated, Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.text import normalize_newlines
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from programme.rules.editions import SLUG_PATTERN
from programme.rules.local_times import FIRST_DAY, LAST_DAY
from udtacademy.db.fields import LONGEST_TEXT, in_one_line, validate_readable

FROM_FILE = "from a file"


def clean_text(text: str) -> str:
    """Normalise line ends as TOML does. Raises ValueError for NUL, which PostgreSQL cannot store."""
    if "\0" in text:
        raise ValueError("expected text without NUL characters")
    return normalize_newlines(text)


def clean_paragraphs(text: str, info: ValidationInfo) -> str:
    """Normalise line ends. Raises ValueError for text from a file that is too long; text from the database is not checked."""
    text = clean_text(text)
    if info.context == FROM_FILE and len(text) > LONGEST_TEXT:
        raise ValueError(f"expected at most {LONGEST_TEXT:,} characters, found {len(text):,}")
    return text


def clean_line(text: str, info: ValidationInfo) -> str:
    """Join lines into one. Raises ValueError for unreadable text from a file; text from the database is not checked."""
    text = in_one_line(clean_text(text))
    if text and info.context == FROM_FILE:
        try:
            validate_readable(text)
        except ValidationError:
            raise ValueError(
                f"expected text with a letter or digit and no control characters, found {text!r}"
            ) from None
    return text


def of_our_time(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"expected a date between 2000 and 2099, found {day}")
    return day


def field(max_length: int, *, pattern: str | None = None, expected: str = "text") -> Any:
    return Field(min_length=1, max_length=max_length, pattern=pattern, description=expected)


Text = Annotated[str, AfterValidator(clean_paragraphs), Field(description="text")]
Line = Annotated[str, AfterValidator(clean_line), Field(description="text")]
Slug = Annotated[str, field(60, pattern=SLUG_PATTERN, expected="lower-case letters, digits and single hyphens")]
LocalDate = Annotated[dt.date, AfterValidator(of_our_time), Field(description="a day such as 2025-11-06")]
LocalDateTime = Annotated[dt.datetime, Field(description="a local date and time such as 2025-09-25T16:00:00")]


class DocumentEntry(BaseModel):
    """A table of the document. TABLES: the tables inside it, by key."""

    TABLES: ClassVar[dict[str, type["DocumentEntry"]]] = {}

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
