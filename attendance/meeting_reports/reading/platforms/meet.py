"""Google Meet: one line for each person, with times of day and no date; the date is the session's.

A browser extension writes blocks of its own, one for each meeting: its class, day and code, then the people of the
class with the times at which they came and were last seen, and each stay.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import ngettext

from attendance.meeting_reports.reading import labels, times
from attendance.meeting_reports.reading.entries import Reading, entries_of, entry_of, is_any_guessed
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from udtacademy.tables.decoding import TableRow

SAMPLE = 50
CODE = re.compile(r"[a-z]{3}-[a-z]{4}-[a-z]{3}")
DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?")
CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[AaPp]\.?\s?[Mm]\.?)?"
STAY = re.compile(rf"({CLOCK})\s*\([^)]*\)\s*\[\s*({CLOCK})\s*\]")


HEAD = ("Name", "Email", "Join time", "Leave time", "Meeting ID")
COLUMNS = (Column.NAME, Column.EMAIL, Column.JOIN, Column.LEAVE, Column.MEETING)


def claims(sheet: ReportSheet) -> int:
    """Return 6 for blocks of the extension, 2 for times of day with durations."""
    if any(map(is_of_extension, sheet.tables)):
        return 6
    return 2 if any(has_times_of_day(it) for it in sheet.of_people) else 0


def is_of_extension(table: Table) -> bool:
    """Return whether a table was made from a block of the extension."""
    return table.has(*COLUMNS) and any(CODE.search(table.get(it, Column.MEETING)) for it in table.rows[:1])


def has_times_of_day(table: Table) -> bool:
    joins = (times.stamp(table.get(line, Column.JOIN)) for line in table.rows[:SAMPLE])
    stamps = [it for it in joins if it]
    return bool(stamps) and table.has(Column.DURATION) and all(it.date is None for it in stamps)


def read(sheet: ReportSheet) -> Reading:
    """Return the people of the extension's blocks, else those of the tables with times."""
    blocks = [it for it in sheet.tables if is_of_extension(it)]
    if blocks:
        return reading_of(blocks)
    tables = [it for it in sheet.of_people if it.has(Column.JOIN)]
    layout = "first and last name" if any(it.has(Column.FIRST_NAME) for it in tables) else "name"
    return Reading(layout, entries_of(tables, is_total=True), is_guessed=is_any_guessed(tables))


def reading_of(blocks: Sequence[Table]) -> Reading:
    """Return the people of the extension's blocks who were seen, with a warning that counts the others."""
    rows = [(block, line) for block in blocks for line in block.rows]
    seen = [(block, line) for block, line in rows if block.get(line, Column.JOIN)]
    entries = [
        replace(entry_of(block, line), meeting=block.get(line, Column.MEETING) if len(blocks) > 1 else "")
        for block, line in seen
    ]
    n_missing = len(rows) - len(seen)
    text = ngettext(
        "%(n)s person on the class list did not attend and was left out.",
        "%(n)s people on the class list did not attend and were left out.",
        n_missing,
    )
    return Reading("extension", entries, warnings=[text % {"n": n_missing}] if n_missing else [])


def prepared(sheet: ReportSheet) -> ReportSheet:
    """Return the extension's blocks as tables: a line for each stay, and one without times for a person not seen."""
    of_tables = [it for table in sheet.tables for it in (table.head, *table.rows)]
    rows = sorted({it.number: it for it in (*sheet.outside, *of_tables)}.values(), key=lambda it: it.number)
    starts = [n for n, it in enumerate(rows) if is_start(it)]
    if not starts:
        return sheet
    # the line before each start names the class
    bodies = [rows[start + 1 : end - 1] for start, end in pairwise([*starts, len(rows) + 1])]
    tables = [block(rows[start], body) for start, body in zip(starts, bodies, strict=True) if body]
    used = {line.number for body in bodies for line in body}
    return replace(sheet, tables=tuple(tables), outside=tuple(it for it in rows if it.number not in used))


def is_start(line: TableRow) -> bool:
    """Return whether a line has the code and the day of a meeting."""
    return any(CODE.fullmatch(it) for it in line.cells) and any(DAY.fullmatch(it) for it in line.cells)


def block(start: TableRow, body: Sequence[TableRow]) -> Table:
    """Return the table of one block. `start`: the line with code and day; `body`: the head and the people below it."""
    head, people = body[0], body[1:]
    day = next(it for it in start.cells if DAY.fullmatch(it))
    meeting = " ".join(it for it in start.cells if it and it[-1] != ":")
    email = next((n for n, it in enumerate(head.cells) if labels.column_of(it) is Column.EMAIL), None)
    clocks = [n for n in range(1, len(head.cells)) if any(re.fullmatch(CLOCK, it.cell(n)) for it in people)]
    rows = [
        TableRow(line.number, (line.cell(0), line.cell(email), *stay, meeting))
        for line in people
        for stay in stays_of(line, clocks[:2], day)
    ]
    return Table(TableRow(head.number, HEAD), tuple(rows), columns={column: n for n, column in enumerate(COLUMNS)})


def stays_of(line: TableRow, clocks: Sequence[int], day: str) -> list[tuple[str, str]]:
    """Return when somebody came and left each time, else once for the whole time; ("", "") for a person not seen."""
    stays = [(times_in_cell[1], times_in_cell[2]) for cell in line.cells if (times_in_cell := STAY.fullmatch(cell))]
    seen = [line.cell(it) for it in clocks]
    if not stays and len(seen) > 1 and all(seen):
        stays = [(seen[0], seen[1])]
    return [(f"{day} {joined}", f"{day} {left}") for joined, left in stays] or [("", "")]
