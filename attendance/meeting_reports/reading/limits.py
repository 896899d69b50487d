"""How large a report may be. What is larger is refused with a sentence before it is held in memory (decision 27)."""

from django.utils.translation import gettext as _

from attendance.meeting_reports.reading.report import ReportError

MOST_BYTES = 5 * 1024**2
MOST_BYTES_UNPACKED = 30 * 1024**2
MOST_LINES = 40_000  # 8,000 people, five connections each
MOST_PEOPLE = 12_000  # by name and address
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000  # of all lines together, empty ones between others included
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 300  # characters that are kept
LONGEST_NAME = 700  # of one name out of several cells, as it is stored


def too_long() -> ReportError:
    return ReportError(_("The file has more than %s lines, which no report of a session has.") % f"{MOST_LINES:,}")


def too_many_people() -> ReportError:
    return ReportError(_("The file lists more than %s people, which no session has.") % f"{MOST_PEOPLE:,}")


def too_wide(line: int) -> ReportError:
    return ReportError(
        _("Line %(line)s has more than %(n)s columns, which no report of a session has.")
        % {"line": line, "n": MOST_COLUMNS}
    )


def too_many_cells() -> ReportError:
    return ReportError(_("The file has more than %s cells, which no report of a session has.") % f"{MOST_CELLS:,}")


def too_large_unpacked() -> ReportError:
    limit = MOST_BYTES_UNPACKED // 1024**2
    return ReportError(_("Unpacked, this workbook is larger than %s MB, which no list of people is.") % limit)


def too_complex() -> ReportError:
    return ReportError(
        _("The workbook holds far more than a list of people. Copy the list into a new workbook, or save it as CSV.")
    )
