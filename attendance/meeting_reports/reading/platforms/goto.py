"""GoTo Webinar and GoTo Meeting: one line for each time somebody came. People who registered and did not come are
listed too.
"""

from dataclasses import replace

from attendance.meeting_reports.reading import labels
from attendance.meeting_reports.reading.entries import RawEntry, Reading, entries_of, is_any_guessed
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import DateOrder, Flag
from attendance.meeting_reports.reading.tables import ReportSheet, Table

NAMES = ("gotowebinar", "gotomeeting", "gototraining", "goto webinar", "goto meeting", "goto training")
OWN_LABELS = labels.folded_words(
    "webinar name / actual start date/time / registration date/time / interest rating / unsubscribed / meeting date",
    "number of attendees",
)
FEWEST_LABELS = 2
NOTHING = {"", "-", "--"}


def claims(sheet: ReportSheet) -> int:
    """Return 5 for a file that names GoTo, has its labels, or lists people by last name."""
    if not sheet.of_people or any(it.has_original_names for it in sheet.tables):
        return 0
    heads = (it.head for it in sheet.tables)
    cells = {labels.fold(cell) for line in (*heads, *sheet.outside) for cell in line.cells}
    is_named = any(name in cell for cell in cells for name in NAMES)
    is_own = len(cells & OWN_LABELS) >= FEWEST_LABELS
    return 5 if is_named or is_own or any(map(is_by_last_name, sheet.of_people)) else 0


def is_by_last_name(table: Table) -> bool:
    """Return whether a table begins with attendance, last name and first name, as no other platform's does."""
    return (
        table.has(Column.ATTENDED, Column.FIRST_NAME, Column.LAST_NAME)
        and not table.has(Column.NAME)
        and table.columns[Column.ATTENDED] < table.columns[Column.LAST_NAME] < table.columns[Column.FIRST_NAME]
    )


def read(sheet: ReportSheet) -> Reading:
    """Return the people who came, and those who registered as absent."""
    tables = [it for it in sheet.of_people if it.has(Column.JOIN) or it.has(Column.ATTENDED)]
    layout = "webinar" if any(it.has(Column.ATTENDED) for it in tables) else "meeting"
    entries = [with_absence(it) for it in entries_of(tables)]
    return Reading(layout, entries, usual_order=DateOrder.MONTH_FIRST, is_guessed=is_any_guessed(tables))


def with_absence(entry: RawEntry) -> RawEntry:
    """Mark an entry as absent if it has no times."""
    if entry.joined in NOTHING and entry.left in NOTHING:
        return replace(entry, joined="", left="", duration="", flags=entry.flags | {Flag.ABSENT})
    return entry
