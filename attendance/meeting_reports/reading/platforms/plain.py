"""A list that an organiser made, as CSV or workbook: name, email, and either join and leave times or minutes."""

from attendance.meeting_reports.reading.entries import Reading, entries_of, is_any_guessed
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import ReportSheet


def claims(sheet: ReportSheet) -> int:
    """Return 1 for any list of people."""
    return 1 if sheet.of_people else 0


def read(sheet: ReportSheet) -> Reading:
    """Return the people of all tables."""
    tables = sheet.of_people
    layout = "times" if any(it.has(Column.JOIN) for it in tables) else "minutes"
    return Reading(layout, entries_of(tables), is_guessed=is_any_guessed(tables))
