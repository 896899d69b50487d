"""BigBlueButton's learning dashboard: no addresses; moderators run the meeting; the last line counts anonymous people.

Its columns have fixed places in every language: name, moderator (TRUE or FALSE), activity, then joining, leaving and
duration. Each poll of the meeting adds a column after these, with any text.
"""

from collections.abc import Sequence
from dataclasses import replace

from attendance.meeting_reports.reading import labels, times
from attendance.meeting_reports.reading.entries import Reading, entries_of
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from udtacademy.tables.decoding import TableRow

NAME, MODERATOR = 0, 1
ANSWERS = {"TRUE", "FALSE"}
COLUMNS = (Column.NAME, Column.MODERATOR, Column.JOIN, Column.LEAVE, Column.DURATION)
NOTHING = {"", "-"}
SAMPLE = 100


def claims(sheet: ReportSheet) -> int:
    """Return 5 for a dashboard."""
    return 5 if any(it.has(*COLUMNS) for it in sheet.of_people) else 0


def prepared(sheet: ReportSheet) -> ReportSheet:
    """Return a dashboard without the columns of its polls; any other sheet as it is."""
    tables = tuple(dashboard(it.head, it.rows, it) or it for it in sheet.tables)
    wide = [it for it in sheet.outside if len(it.cells) > len(COLUMNS)]
    if any(it.has(*COLUMNS) for it in tables) or not wide:
        return replace(sheet, tables=tables)
    polled = dashboard(wide[0], wide[1:], Table(wide[0], ()))  # its labels are unknown, or one is an address
    if polled is None:
        return sheet
    return replace(sheet, tables=(*tables, polled), outside=tuple(it for it in sheet.outside if it not in wide))


def dashboard(head: TableRow, rows: Sequence[TableRow], table: Table) -> Table | None:
    """Return a table up to its duration; None if it is not a dashboard."""
    answers = {it.cell(MODERATOR).upper() for it in rows} - {""}
    if not answers or not answers <= ANSWERS:
        return None
    join = next((n for n in range(MODERATOR + 1, len(head.cells)) if holds_dates(rows, n)), None)
    if join is None:
        return None
    places = (NAME, MODERATOR, join, join + 1, join + 2)
    return replace(
        table,
        head=until(head, join + 2),
        rows=tuple(until(it, join + 2) for it in rows),
        columns=dict(zip(COLUMNS, places, strict=True)),
    )


def holds_dates(rows: Sequence[TableRow], index: int) -> bool:
    stamps = [times.stamp(cell) for it in rows[:SAMPLE] if (cell := it.cell(index)) not in NOTHING]
    return any(it and it.date for it in stamps)


def until(line: TableRow, last: int) -> TableRow:
    """Return a row up to and including the column `last`."""
    return TableRow(line.number, line.cells[: last + 1])


def read(sheet: ReportSheet) -> Reading:
    """Return the people of a dashboard, without the line that counts anonymous people."""
    tables = [it for it in sheet.of_people if it.has(*COLUMNS)]
    entries = entries_of(tables, is_total=True)
    if entries and entries[-1].joined in NOTHING:  # anonymous people, in any language
        entries.pop()
    is_guessed = any(labels.column_of(it.label(column)) is not column for it in tables for column in COLUMNS)
    return Reading("dashboard", entries, is_guessed=is_guessed)
