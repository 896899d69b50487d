"""From lines to tables: a line of column words opens one; what stands before it tells of the meeting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from attendance.reports import labels, times
from attendance.reports.decoding import Line
from attendance.reports.labels import Column


@dataclass(frozen=True)
class Table:
    """`section` is the number in a title such as "3. In-Meeting Activities", `title` the line before the head."""

    head: Line
    lines: Sequence[Line]
    section: int | None = None
    title: str = ""
    is_guessed: bool = False  # columns taken by content, not by their words
    columns: dict[Column, int] = field(default_factory=dict)

    def get(self, line: Line, column: Column) -> str:
        return line.cell(self.columns.get(column))

    def has(self, *columns: Column) -> bool:
        return all(it in self.columns for it in columns)

    def label(self, column: Column) -> str:
        return self.head.cell(self.columns.get(column))

    @cached_property
    def has_original_names(self) -> bool:
        return any(labels.is_original_name(it) for it in self.head.cells)

    @property
    def lists_people(self) -> bool:
        """Names or addresses, with times or minutes. A meeting's own line has its host's address and its length, too."""
        known = self.columns.keys()
        if not known & {Column.NAME, Column.FIRST_NAME, Column.EMAIL}:
            return False
        if known & {Column.JOIN, Column.LEAVE, Column.TIMESTAMP, Column.ATTENDED}:
            return True
        return Column.DURATION in known and not known & {Column.MEETING, Column.TOPIC, Column.COUNT}


@dataclass(frozen=True)
class Sheet:
    """A whole file as tables, and the lines outside of them: label and what it says."""

    tables: Sequence[Table]
    meta: dict[str, str]
    outside: Sequence[Line]

    @property
    def of_people(self) -> list[Table]:
        return [it for it in self.tables if it.lists_people]

    @property
    def meetings(self) -> list[Table]:
        """Tables about the meeting itself."""
        return [it for it in self.tables if not it.lists_people]


def sheet_of(lines: Iterable[Line]) -> Sheet:
    tables: list[Table] = []
    outside: list[Line] = []
    section: int | None = None
    title = ""
    head: Line | None = None
    body: list[Line] = []

    def close() -> None:
        if head is not None:
            columns = columns_of(head)
            tables.append(Table(head, tuple(body), section_of_head, title_of_head, columns=columns))

    section_of_head, title_of_head = section, title
    for line in lines:
        if line.is_empty:
            continue
        if is_head(line):
            close()
            head, body, section_of_head, title_of_head = line, [], section, title
            title = ""
        elif len(line.cells) == 1:
            number = section_number(line.cells[0])
            if head is not None and number is None and not is_title(line, head):
                body.append(line)
                continue
            close()
            head, body = None, []
            section, title = number or section, line.cells[0]
            outside.append(line)
        elif head is None:
            outside.append(line)
        else:
            body.append(line)
    close()
    return Sheet(tuple(tables), meta_of(outside, tables), tuple(outside))


def is_head(line: Line) -> bool:
    """Two or more column words, and neither an address nor a moment."""
    if len(line.cells) < 2 or any("@" in it for it in line.cells):
        return False
    known = {labels.column_of(it) for it in line.cells} - {None}
    return len(known) >= labels.FEWEST_KNOWN and not any(times.stamp(it) for it in line.cells if it)


def is_title(line: Line, head: Line) -> bool:
    """Whether a line of one cell names the table to come: a name stands in a table's column of names otherwise."""
    column = columns_of(head).get(Column.NAME, columns_of(head).get(Column.EMAIL))
    return line.cells[0].casefold().endswith(("details", ":")) or column != 0


def section_number(text: str) -> int | None:
    """The 3 of "3. In-Meeting Activities"."""
    number, dot, rest = text.partition(".")
    return int(number) if dot and number.isdecimal() and len(number) < 3 and rest[:1] == " " else None


def columns_of(head: Line) -> dict[Column, int]:
    """Where each column is; of two with one word the last one, which is the person's."""
    found = ((labels.column_of(label), index) for index, label in enumerate(head.cells))
    return {column: index for column, index in found if column is not None}


def meta_of(outside: Iterable[Line], tables: Sequence[Table]) -> dict[str, str]:
    """What the file says about the meeting: label → text."""
    found = {line.cells[0].rstrip(":"): line.cell(1) for line in outside if len(line.cells) > 1 and line.cells[0]}
    for table in tables:
        if not table.lists_people and table.lines:
            found |= {label: line for label, line in zip(table.head.cells, table.lines[0].cells, strict=False) if label}
    return dict(list(found.items())[:40])
