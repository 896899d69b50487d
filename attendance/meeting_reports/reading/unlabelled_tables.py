"""Tables none of whose labels we know."""

from collections.abc import Sequence

from attendance.meeting_reports.reading import tables, times
from attendance.meeting_reports.reading.cells import (
    is_moment,
)
from attendance.meeting_reports.reading.tables import Table
from udtacademy.tables.decoding import TableRow


def unlabelled_tables(rows: Sequence[TableRow], fewest: int) -> list[Table]:
    """Return stretches of rows as wide as a table, between titles. A row of only words begins a table.

    `fewest`: how many cells the first row has at least.
    """
    unlabelled: list[Table] = []
    section: int | None = None
    title = ""
    stretch: list[TableRow] = []

    def close() -> None:
        heads = [n for n, it in enumerate(stretch) if is_head_of(it, stretch[n + 1 : n + 2])] or [0] * bool(stretch)
        for n, end in zip(heads, [*heads[1:], len(stretch)], strict=False):
            head, body = stretch[n], stretch[n + 1 : end]
            if any(map(is_moment, head.cells)):  # a list without a head
                head, body = TableRow(head.number, ()), [head, *body]
            if len(body) > (not head.cells):
                unlabelled.append(
                    Table(head, tuple(body), section, title if n == 0 else "", tables.columns_of(head, body))
                )

    for line in rows:
        if len(line.cells) >= (2 if stretch else fewest):
            stretch.append(line)
            continue
        close()
        stretch = [line] if len(line.cells) >= fewest else []
        if len(line.cells) == 1:
            section, title = tables.section_number(line.cells[0]) or section, line.cells[0]
        elif not stretch:
            title = ""
    close()
    return unlabelled


def is_head_of(line: TableRow, following: Sequence[TableRow]) -> bool:
    """Return whether a row of words is followed by a row with a moment, an address or a duration."""
    if not (tables.is_like_head(line) or (len(line.cells) == 2 and all(map(tables.is_like_label, line.cells)))):
        return False
    return any(is_moment(it) or "@" in it or times.minutes(it) is not None for line in following for it in line.cells)
