"""How many people a report may list, and how long their names may be (decision 27)."""

from django.utils.translation import gettext as _

from attendance.meeting_reports.reading.report import ReportError

MOST_PEOPLE = 12_000  # by name and address
LONGEST_NAME = 700  # of a name joined from several cells; the column's length


def too_many_people() -> ReportError:
    """Return the error for a file with more than MOST_PEOPLE."""
    return ReportError(
        _("The file lists more than %(n)s people. Download the report of one meeting and upload it again.")
        % {"n": f"{MOST_PEOPLE:,}"},
        code="too_many_people",
    )
