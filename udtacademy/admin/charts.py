"""Bar charts: a table whose rows have a bar drawn by the server. The numbers beside the bars say the same in text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100  # of the longest bar, in the units of its SVG


@dataclass(frozen=True)
class Series:
    """What a part of each bar counts. `kind`: its colour in admin.css: good, warn, bad, quiet or main."""

    label: Any
    kind: str


@dataclass(frozen=True)
class Bar:
    """A row: what it is about, how many of each series, and the page with more about it."""

    label: Any
    counts: Sequence[int]
    url: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a bar as it is drawn."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class BarChart:
    """`of`: what the rows are, as the heading of their column. `empty`: a sentence to show if there are no rows."""

    title: Any
    of: Any
    series: Sequence[Series]
    bars: Sequence[Bar]
    empty: Any = ""

    @property
    def rows(self) -> Iterator[tuple[Bar, list[Part], list[tuple[Series, int]]]]:
        """Yield each bar with its parts, drawn to the scale of the longest, and its counts with what they count."""
        longest = max((sum(bar.counts) for bar in self.bars), default=0) or 1
        for bar in self.bars:
            parts, x = [], 0.0
            counts = list(zip(self.series, bar.counts, strict=True))
            for series, count in counts:
                width = count * WIDTH / longest
                if count:
                    parts.append(Part(series.kind, round(x, 2), round(width, 2)))
                x += width
            yield bar, parts, counts
