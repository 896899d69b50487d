"""What differs between two texts, line by line and word by word, to be shown side by side."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_STEPS = 4_000_000  # of comparing; what is left then is compared as a whole. About half a second
MOST_WORDS = 1000  # in a line; longer ones are compared as a whole, as comparing words takes the square of the time


class Comparer:
    """Compares lists of texts, until MOST_STEPS are used up: repeated ones would take the third power of the time."""

    def __init__(self) -> None:
        self.n_left = MOST_STEPS

    def steps(self, texts: Sequence[str], others: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
        """Return how one list becomes the other, as `SequenceMatcher.get_opcodes`; space only joins what is the same."""
        matcher = SequenceMatcher(lambda text: not text.strip(), texts, others)
        places: Mapping[str, Sequence[int]] = matcher.b2j  # type: ignore[attr-defined]  # documented, but not in the stubs
        n_pairs = sum(len(places.get(it, ())) for it in texts)
        n_steps = (n_pairs + len(texts)) * min(len(texts), len(others))
        if n_steps > self.n_left:
            return [("replace", 0, len(texts), 0, len(others))]
        self.n_left -= n_steps
        return matcher.get_opcodes()


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
    comparer = Comparer()
    for _kind, start, end, other_start, other_end in comparer.steps(lines, others):
        pairs = zip_longest(lines[start:end], others[other_start:other_end])
        rows += [row_of(a, b, comparer) for a, b in pairs]
    return rows


def row_of(before: str | None, after: str | None, comparer: Comparer) -> Row:
    """Return two lines with what differs in them. None: the text has no such line."""
    if before is not None and before == after:
        return Row([Piece(before)], [Piece(before)])
    words, others = (re.findall(r"\s+|\S+", line or "") for line in (before, after))
    if not words or not others or max(len(words), len(others)) > MOST_WORDS:
        return Row(*([] if line is None else [Piece(line, is_changed=True)] for line in (before, after)))
    steps = comparer.steps(words, others)
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
