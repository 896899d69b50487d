"""Mistakes in a document, described for its author: where, and what was expected."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from programme.programme_files.entries import DocumentEntry

MOST_MISTAKES = 1000  # of entries; a file with more is read no further
MOST_NAMES = 20  # in one mistake


@dataclass(frozen=True)
class Mistake:
    """A mistake: the key's path, such as sessions[3].starts_at, and what was expected."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DocumentError(Exception):
    """A document cannot be loaded; `mistakes` has all its mistakes."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


EXPECTED: dict[str, Callable[[ErrorDetails], str]] = {
    "bool_type": lambda _: "true or false",
    "date_type": lambda _: "a day such as 2025-11-06",
    "time_type": lambda _: "a local time such as 21:00:00",
    "datetime_type": lambda _: "a local date and time such as 2025-09-25T16:00:00",
    "greater_than_equal": lambda detail: f"a number of at least {detail['ctx']['ge']}",
    "int_type": lambda _: "a whole number",
    "less_than_equal": lambda detail: f"a number of at most {detail['ctx']['le']:,}",
    "literal_error": lambda detail: "one of " + detail["ctx"]["expected"].replace("'", ""),
    "model_type": lambda _: "a table",
    "string_pattern_mismatch": lambda _: "lower-case letters, digits and single hyphens, such as udt-2025",
    "string_too_long": lambda detail: f"at most {detail['ctx']['max_length']} characters",
    "string_too_short": lambda _: "text that is not empty",
    "string_type": lambda _: "text",
    "too_long": lambda detail: f"at most {detail['ctx']['max_length']} characters",
    "too_short": lambda _: "text that is not empty",
    "tuple_type": lambda _: "a list",
}


def as_mistake(detail: ErrorDetails, model: type[DocumentEntry], path: str) -> Mistake:
    """Return a pydantic error as a mistake."""
    inner = [part for part in detail["loc"] if part not in {"date", "datetime"}]
    for part in inner:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    key = str(inner[-1]) if inner else ""
    if len(inner) > 1:
        model = model.TABLES[str(inner[0])]
    if detail["type"] == "missing":
        return Mistake(path, f"is missing; expected {model.model_fields[key].description or 'a value'}")
    if detail["type"] == "extra_forbidden":
        return Mistake(path, unknown_key(key, model))
    if detail["type"] == "value_error":
        return Mistake(path, str(detail["ctx"]["error"]))
    if detail["type"] not in EXPECTED:
        return Mistake(path, detail["msg"])
    return Mistake(path, f"expected {EXPECTED[detail['type']](detail)}, found {shown(detail['input'])}")


def shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    longest = 60
    return text if len(text) <= longest else text[:longest] + "…"


def unknown_key(key: str, model: type[DocumentEntry]) -> str:
    near = difflib.get_close_matches(key, model.model_fields, n=1)
    return "is not a key of this table" + (f"; did you mean {near[0]}?" if near else "")


def one_of(known: Sequence[Any], value: str, where: str) -> str:
    more = [f"{len(known) - MOST_NAMES:,} more"] if len(known) > MOST_NAMES else []
    names = ", ".join([*(str(name) for name in known[:MOST_NAMES]), *more])
    return f"expected one of {names}, found “{value}”" if names else f"expected nothing, since {where} is empty"
