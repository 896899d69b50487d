"""What differs between two texts, line by line and word by word, to be shown side by side."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_WORDS = 1000  # in a line; longer ones are compared as a whole, as comparing words takes the square of the time


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


def differences(before: str, after: str, *, with_empty_lines: bool = False) -> list[Row]:
    """Return the lines of two texts side by side, without empty lines unless they are asked for.

    With them nothing of either text is lost: `text_before` and `text_after` return the two.
    """
    lines, others = (
        text.split("\n") if with_empty_lines else [line for line in text.splitlines() if line.strip()]
        for text in (before, after)
    )
    rows: list[Row] = []
    for kind, start, end, other_start, other_end in SequenceMatcher(None, lines, others, autojunk=False).get_opcodes():
        pairs = zip_longest(lines[start:end], others[other_start:other_end])
        rows += [Row([Piece(a)], [Piece(b)]) if kind == "equal" else row_of(a, b) for a, b in pairs]
    return rows


def row_of(before: str | None, after: str | None) -> Row:
    """Return two lines that differ, with what differs in them. None: the text has no such line."""
    words, others = (re.findall(r"\s+|\S+", line or "") for line in (before, after))
    if not words or not others or max(len(words), len(others)) > MOST_WORDS:
        return Row(*([] if line is None else [Piece(line, is_changed=True)] for line in (before, after)))
    steps = SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
    return Row(
        list(pieces((words[start:end], kind != "equal") for kind, start, end, _from, _to in steps)),
        list(pieces((others[start:end], kind != "equal") for kind, _from, _to, start, end in steps)),
    )


def pieces(parts: Iterator[tuple[list[str], bool]]) -> Iterator[Piece]:
    return (Piece("".join(words), is_changed) for words, is_changed in parts if words)


def text_before(rows: Sequence[Row]) -> str:
    """Return the former text of differences with empty lines."""
    return joined(row.before for row in rows)


def text_after(rows: Sequence[Row]) -> str:
    """Return the latter text of differences with empty lines."""
    return joined(row.after for row in rows)


def joined(lines: Iterator[Sequence[Piece]]) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in lines if line)
