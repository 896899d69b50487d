"""Meeting reports as organisers upload them."""

from attendance.actions.reports import Choices, add_reports
from tests.attendance.meeting_reports.reading import files


def give(session, content, by, *, name="zoom.csv", **choices):
    reports, _is_new = add_reports(
        edition=session.edition, name=name, content=content, choices=Choices(session=session, **choices), by=by
    )
    return reports[0]


def zoom(session, *people):
    return files.zoom(people, session.starts_at, session.edition.zone)
