"""Google Meet: one line for each person, times of the day without a date; the date is the session's.

A browser extension writes blocks of its own, one for each meeting: its class, its day and its code, then the people of the class,
with the times at which they came and were last seen, and each stay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import ngettext

from attendance.reports import labels, times
from attendance.reports.decoding import Line
from attendance.reports.entries import Entry, Reading, entries_of, is_any_guessed
from attendance.reports.labels import Column
from attendance.reports.tables import Sheet, Table

SAMPLE = 50
CODE = re.compile(r"[a-z]{3}-[a-z]{4}-[a-z]{3}")
DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?")
CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[AaPp]\.?\s?[Mm]\.?)?"
STAY = re.compile(rf"({CLOCK})\s*\([^)]*\)\s*\[\s*({CLOCK})\s*\]")


def claims(sheet: Sheet) -> int:
    if any(blocks_of(sheet)):
        return 6
    return 2 if any(has_times_of_day(it) for it in sheet.of_people) else 0


def has_times_of_day(table: Table) -> bool:
    found = (times.stamp(table.get(line, Column.JOIN)) for line in table.lines[:SAMPLE])
    stamps = [it for it in found if it]
    return bool(stamps) and table.has(Column.DURATION) and all(it.date is None for it in stamps)


def read(sheet: Sheet) -> Reading:
    if blocks := list(blocks_of(sheet)):
        return reading_of(blocks)
    tables = [it for it in sheet.of_people if it.has(Column.JOIN)]
    layout = "first and last name" if any(it.has(Column.FIRST_NAME) for it in tables) else "name"
    return Reading(layout, entries_of(tables, is_total=True), is_guessed=is_any_guessed(tables))


@dataclass(frozen=True)
class Block:
    """One meeting of the extension's file. `day` as it is written."""

    name: str
    day: str
    head: Line
    people: Sequence[Line]


def blocks_of(sheet: Sheet) -> Iterator[Block]:
    tables = [it for table in sheet.tables for it in (table.head, *table.lines)]
    lines = sorted({it.number: it for it in (*sheet.outside, *tables)}.values(), key=lambda it: it.number)
    starts = [n for n, it in enumerate(lines) if is_start(it)]
    for start, end in pairwise([*starts, len(lines) + 1]):
        body = lines[start + 1 : end - 1]  # the line before a start names the class
        if body:
            day = next(it for it in lines[start].cells if DAY.fullmatch(it))
            yield Block(" ".join(it for it in lines[start].cells if it and it[-1] != ":"), day, body[0], body[1:])


def is_start(line: Line) -> bool:
    """Whether a line has the code of a meeting, and its day."""
    return any(CODE.fullmatch(it) for it in line.cells) and any(DAY.fullmatch(it) for it in line.cells)


def reading_of(blocks: Sequence[Block]) -> Reading:
    entries = [entry for block in blocks for entry in entries_of_block(block, is_only=len(blocks) == 1)]
    n_people = sum(bool(it.cell(0)) for block in blocks for it in block.people)
    n_missing = n_people - len({it.line for it in entries})
    text = ngettext(
        "%(n)s person of the class was not seen, and is left out.",
        "%(n)s people of the class were not seen, and are left out.",
        n_missing,
    )
    return Reading("extension", entries, warnings=[text % {"n": n_missing}] if n_missing else [])


def entries_of_block(block: Block, *, is_only: bool) -> Iterator[Entry]:
    """Yield one for each stay of those who were seen; for the whole time where the stays are not told."""
    email = next((n for n, it in enumerate(block.head.cells) if labels.column_of(it) is Column.EMAIL), None)
    clocks = [n for n in range(1, len(block.head.cells)) if any(re.fullmatch(CLOCK, it.cell(n)) for it in block.people)]
    for line in block.people:
        stays = [found.groups() for cell in line.cells if (found := STAY.fullmatch(cell))]
        seen = [line.cell(it) for it in clocks[:2]]
        if not stays and len(seen) > 1 and all(seen):
            stays = [(seen[0], seen[1])]
        for joined, left in stays:
            yield Entry(
                line=line.number,
                name=line.cell(0),
                email=line.cell(email),
                joined=f"{block.day} {joined}",
                left=f"{block.day} {left}",
                meeting="" if is_only else block.name,
            )
