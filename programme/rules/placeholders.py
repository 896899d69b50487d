"""Placeholders such as {name} in texts that organisers write: which a text has, what is wrong with it, and filling it in.

A value is plain text in one line, so it can add no line, header, placeholder or HTML to what it is put into.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
NEAR_BRACE = 20  # characters shown beside a brace that belongs to no placeholder
# They change the direction of the text after them.
DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories of characters that end lines or cannot be shown


@dataclass(frozen=True)
class Mistake:
    """Something in braces that is no placeholder, or a single brace with the text around it. `meant`: the nearest name, if any."""

    shown: str
    is_single_brace: bool = False
    meant: str = ""


def names_in(text: str) -> list[str]:
    """Return the names in braces, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def mistakes_in(text: str, known: Collection[str]) -> list[Mistake]:
    """Return what is wrong with a text, in order. `known`: the names of the placeholders there are."""
    mistakes = []
    for match in re.finditer(rf"{PLACEHOLDER.pattern}|[{{}}]", text):
        name = match[1]
        if name is None:
            mistakes.append(Mistake(text[match.start() :][:NEAR_BRACE].strip(), is_single_brace=True))
        elif name not in known:
            mistakes.append(Mistake(match[0], meant=nearest(name, known)))
    return list(dict.fromkeys(mistakes))


def nearest(name: str, known: Collection[str]) -> str:
    """Return the placeholder that was probably meant; empty if none is like it."""
    typed = re.sub(r"[\s-]+", "_", name.strip().lower())
    return next(iter(get_close_matches(typed, sorted(known), n=1)), "")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text without mistakes, with values in place of its placeholders. Values are not looked at again."""
    return PLACEHOLDER.sub(lambda match: in_plain_line(values[match[1]]), text)


def in_plain_line(value: str) -> str:
    """Return a value in one line, without characters that cannot be shown or turn the text after them."""
    kept = ("" if sign in DIRECTIONS else " " if unicodedata.category(sign) in UNSEEN else sign for sign in value)
    return " ".join("".join(kept).split())
