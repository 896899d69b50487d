"""Google Meet: one line for each person, times of the day without a date; the date is the session's."""

from attendance.reports import times
from attendance.reports.entries import Reading, entries_of, is_any_guessed
from attendance.reports.labels import Column
from attendance.reports.tables import Sheet, Table

SAMPLE = 50


def claims(sheet: Sheet) -> int:
    return 2 if any(has_times_of_day(it) for it in sheet.of_people) else 0


def has_times_of_day(table: Table) -> bool:
    found = (times.stamp(table.get(line, Column.JOIN)) for line in table.lines[:SAMPLE])
    stamps = [it for it in found if it]
    return bool(stamps) and table.has(Column.DURATION) and all(it.date is None for it in stamps)


def read(sheet: Sheet) -> Reading:
    tables = [it for it in sheet.of_people if it.has(Column.JOIN)]
    layout = "first and last name" if any(it.has(Column.FIRST_NAME) for it in tables) else "name"
    return Reading(layout, entries_of(tables, is_total=True), is_guessed=is_any_guessed(tables))
