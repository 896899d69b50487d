"""The letters that the packaged fonts have, and what is printed instead of others."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from anyascii import anyascii
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).with_name("fonts")
FONTS = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Armenian", "Noto Sans Georgian", "Noto Sans Hebrew")
JOINERS = frozenset({0x200C, 0x200D})  # Arabic and Persian names need them
IN_LATIN = frozenset(
    "LMNP"
)  # categories of characters that have a Latin spelling: letters, marks, numbers, punctuation


def printable(text: str) -> str:
    """Return a text on one line, as far as the fonts have its letters: 李明 becomes "LiMing", and emojis are left out."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if text.isascii() and text.isprintable() else " ".join("".join(map(printed, text)).split())


@cache
def printed(character: str) -> str:
    """Return what is printed for a character; empty for nothing."""
    if ord(character) in letters():
        return character
    return anyascii(character) if unicodedata.category(character)[0] in IN_LATIN else ""


@cache
def letters() -> frozenset[int]:
    """Return the code points that each weight of one of the fonts has. Of invisible characters only those that join letters."""
    of_font = [in_both(name.replace(" ", "")) for name in FONTS]
    return frozenset(it for it in frozenset[int]().union(*of_font) if is_visible(chr(it)) or it in JOINERS)


def is_visible(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Co"}


def in_both(font: str) -> set[int]:
    return code_points(f"{font}-Regular.ttf") & code_points(f"{font}-Bold.ttf")


def code_points(file_name: str) -> set[int]:
    with TTFont(FOLDER / file_name, lazy=True) as font:
        return set(font.getBestCmap())


def all_printable(values: Any) -> Any:
    """Return values as JSON has them, with each text printable."""
    if isinstance(values, str):
        return printable(values)
    if isinstance(values, dict):
        return {key: all_printable(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [all_printable(value) for value in values]
    return values
