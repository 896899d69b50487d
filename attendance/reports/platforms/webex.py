"""Webex: one line for each connection, tabs, times wrapped for spreadsheets."""

from attendance.reports import labels
from attendance.reports.entries import Reading, entries_of
from attendance.reports.tables import Sheet

OWN_LABELS = labels.words("attendee email / attendance duration / connection type")


def claims(sheet: Sheet) -> int:
    found = {labels.fold(label) for table in sheet.of_people for label in table.head.cells}
    return 3 if found & OWN_LABELS else 0


def read(sheet: Sheet) -> Reading:
    return Reading("attendees", entries_of(sheet.of_people))
