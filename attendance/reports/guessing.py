"""Columns by what is in them, for labels in a language we do not know. An organiser confirms what comes out."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from attendance.reports import tables, times
from attendance.reports.decoding import Line
from attendance.reports.labels import Column
from attendance.reports.tables import Sheet, Table

FEWEST_CELLS = 3
MOST_ACTIONS = 6
SAMPLE = 300  # lines that are looked at
MOSTLY = 0.6


def with_guesses(sheet: Sheet) -> Sheet:
    """The same file, its tables of people completed. Files whose labels are known come back as they are."""
    if any(is_timed(it) or it.has(Column.DURATION) or it.has(Column.ATTENDED) for it in sheet.of_people):
        return sheet
    found = [complete(it) for it in (*sheet.tables, *unlabelled(sheet.outside))]
    return replace(sheet, tables=tuple(it for it in found if it.columns))


def is_timed(table: Table) -> bool:
    return table.lists_people and (table.has(Column.JOIN) or table.has(Column.TIMESTAMP))


def unlabelled(lines: Sequence[Line]) -> list[Table]:
    """Stretches of lines as wide as tables, between titles."""
    found: list[Table] = []
    section: int | None = None
    stretch: list[Line] = []
    for line in (*lines, Line(0, ())):
        if len(line.cells) >= FEWEST_CELLS:
            stretch.append(line)
            continue
        if len(stretch) > 1:
            has_head = not any(times.stamp(it) for it in stretch[0].cells)
            head = stretch[0] if has_head else Line(0, ())
            found.append(Table(head, tuple(stretch[1:] if has_head else stretch), section))
        stretch = []
        if len(line.cells) == 1:
            section = tables.section_number(line.cells[0]) or section
    return found


def complete(table: Table) -> Table:
    """With the columns that content shows; as it was when that shows no people with times."""
    columns = dict(table.columns)
    width = max((len(it.cells) for it in table.lines), default=0)
    spare = [index for index in range(width) if index not in columns.values()]
    cells = {index: [it.cell(index) for it in table.lines[:SAMPLE]] for index in spare}
    moments = [index for index in spare if share(cells[index], is_moment) > MOSTLY]
    if Column.JOIN not in columns and len(moments) > 1:
        columns |= {Column.JOIN: moments[0], Column.LEAVE: moments[1]}
    elif Column.JOIN not in columns and len(moments) == 1:
        columns[Column.TIMESTAMP] = moments[0]
        actions = [index for index in spare if index not in moments and is_action(cells[index])]
        if actions:  # there are fewer words for coming and going than there are names
            columns.setdefault(Column.ACTION, min(actions, key=lambda index: (len(set(cells[index])), -index)))
    rest = [index for index in spare if index not in columns.values()]
    if Column.EMAIL not in columns:
        addresses = [index for index in rest if share(cells[index], lambda it: "@" in it) > MOSTLY]
        if addresses:
            columns[Column.EMAIL] = addresses[0]
    rest = [index for index in rest if index not in columns.values() and share(cells[index], is_word) > MOSTLY]
    if Column.NAME not in columns and rest:
        columns[Column.NAME] = max(rest, key=lambda index: (len(set(cells[index])), -index))
    is_found = columns.keys() >= {Column.NAME, Column.JOIN, Column.LEAVE} or (
        columns.keys() >= {Column.NAME, Column.ACTION, Column.TIMESTAMP}
    )
    return replace(table, columns=columns, is_guessed=True) if is_found else table


def share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    filled = [it for it in cells if it]
    return sum(holds(it) for it in filled) / len(filled) if filled else 0.0


def is_moment(cell: str) -> bool:
    return times.stamp(cell) is not None


def is_word(cell: str) -> bool:
    return any(it.isalpha() for it in cell) and times.stamp(cell) is None and times.minutes(cell) is None


def is_action(cells: Sequence[str]) -> bool:
    """A few words, again and again."""
    counts = Counter(it for it in cells if it)
    return 0 < len(counts) <= MOST_ACTIONS and all(is_word(it) for it in counts) and len(counts) < sum(counts.values())
