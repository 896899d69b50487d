"""Read the attendance files of meeting platforms: bytes in, a `ParsedReport` out."""

from attendance.meeting_reports.reading.reader import read
from attendance.meeting_reports.reading.report import (
    DateOrder,
    Doubt,
    Flag,
    Hints,
    ParsedPerson,
    ParsedReport,
    ParsedRow,
    ReportError,
    meetings_of,
    people_of,
)

__all__ = [
    "DateOrder",
    "Doubt",
    "Flag",
    "Hints",
    "ParsedPerson",
    "ParsedReport",
    "ParsedRow",
    "ReportError",
    "meetings_of",
    "people_of",
    "read",
]
