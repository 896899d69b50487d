"""BigBlueButton's learning dashboard: no addresses; moderators run the meeting; a last line counts the anonymous."""

from attendance.reports import labels
from attendance.reports.entries import Reading, entries_of
from attendance.reports.labels import Column
from attendance.reports.tables import Sheet


def claims(sheet: Sheet) -> int:
    return 3 if any(it.has(Column.SCORE) or it.has(Column.MODERATOR) for it in sheet.of_people) else 0


def read(sheet: Sheet) -> Reading:
    entries = entries_of(sheet.of_people, is_total=True)
    if entries and labels.fold(entries[-1].name) == "anonymous":
        entries.pop()
    return Reading("dashboard", entries)
