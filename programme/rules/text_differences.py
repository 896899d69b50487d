"""What differs between two texts, line by line and word by word, to be shown side by side."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_WORDS = 2000  # in a line; longer ones are compared as a whole, as comparing words takes the square of the time


@dataclass(frozen=True)
class Piece:
    """Part of a line; `is_changed`: the other text does not have it."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True)
class Row:
    """A line of one text beside that of the other; empty if the other has none like it."""

    before: Sequence[Piece]
    after: Sequence[Piece]

    @property
    def is_same(self) -> bool:
        return not any(piece.is_changed for piece in (*self.before, *self.after))


def differences(before: str, after: str) -> list[Row]:
    """Return the lines of two texts side by side, without empty lines."""
    lines, others = ([line for line in text.splitlines() if line.strip()] for text in (before, after))
    rows: list[Row] = []
    for kind, start, end, other_start, other_end in SequenceMatcher(None, lines, others, autojunk=False).get_opcodes():
        pairs = zip_longest(lines[start:end], others[other_start:other_end], fillvalue="")
        rows += [Row([Piece(a)], [Piece(b)]) if kind == "equal" else row_of(a, b) for a, b in pairs]
    return rows


def row_of(before: str, after: str) -> Row:
    """Return two lines that differ, with what differs in them."""
    words, others = (re.findall(r"\s+|\S+", line) for line in (before, after))
    if not words or not others or max(len(words), len(others)) > MOST_WORDS:
        return Row([Piece(before, is_changed=True)] if before else [], [Piece(after, is_changed=True)] if after else [])
    steps = SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    return Row(
        list(pieces((words[start:end], kind != "equal") for kind, start, end, _from, _to in steps)),
        list(pieces((others[start:end], kind != "equal") for kind, _from, _to, start, end in steps)),
    )


def pieces(parts: Iterator[tuple[list[str], bool]]) -> Iterator[Piece]:
    return (Piece("".join(words), is_changed) for words, is_changed in parts if words)
