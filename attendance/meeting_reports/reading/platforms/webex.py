"""Webex: one line for each connection, separated by tabs, with times wrapped for spreadsheets."""

from attendance.meeting_reports.reading import labels
from attendance.meeting_reports.reading.entries import Reading, entries_of
from attendance.meeting_reports.reading.tables import ReportSheet

OWN_LABELS = labels.folded_words("attendee email / attendance duration / connection type")


def claims(sheet: ReportSheet) -> int:
    """Return 3 for a file with Webex's labels."""
    column_labels = {labels.fold(label) for table in sheet.of_people for label in table.head.cells}
    return 3 if column_labels & OWN_LABELS else 0


def read(sheet: ReportSheet) -> Reading:
    """Return the connections of all people."""
    return Reading("attendees", entries_of(sheet.of_people))
