"""Reading the attendance files of meeting platforms: bytes in, a `Report` out. MEETING_REPORTS is their specification."""

from attendance.reports.reader import read
from attendance.reports.report import (
    DateOrder,
    Doubt,
    Flag,
    Hints,
    Person,
    Report,
    ReportError,
    Row,
    meetings_of,
    people_of,
)

__all__ = [
    "DateOrder",
    "Doubt",
    "Flag",
    "Hints",
    "Person",
    "Report",
    "ReportError",
    "Row",
    "meetings_of",
    "people_of",
    "read",
]
