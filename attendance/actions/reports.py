"""Read a meeting platform's file and match its people.

Attendance changes only when the report is applied (`actions/applied_reports.py`).
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_meetings, lock_open_report
from attendance.actions.meeting_identities import identify_reported
from attendance.meeting_reports import matching, reading
from attendance.meeting_reports.reading import DateOrder, Doubt, Hints, ReportError
from attendance.meeting_reports.reading.report import Interval
from attendance.models import Report, ReportedPerson, SharedConnection
from attendance.queries import report_roster
from attendance.queries.attendance_records import terms_of
from attendance.queries.meeting_identities import identities_of
from programme.errors import ProgrammeError
from programme.models import Edition, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.tables.decoding import OLDER

FUTURE = dt.timedelta(hours=24)  # more than any time zone is ahead
LONGEST_FILE_NAME: int = Report._meta.get_field("file_name").max_length or 0
CHOSEN = (ReportedPerson.How.CHOSEN, ReportedPerson.How.NOBODY)


@dataclass(frozen=True)
class Choices:
    """What an organiser adds about a file because the file does not say it."""

    session: Session | None = None
    zone: str = ""  # of the host's account; "" for the edition's
    is_zone_chosen: bool = False  # even if the file names another
    date_order: DateOrder | None = None
    encoding: str = ""
    is_anyway: bool = False  # even if it is of another day than the session


@transaction.atomic
def add_reports(
    *, edition: Edition, name: str, content: bytes, choices: Choices, by: User | None
) -> tuple[list[Report], bool]:
    """Read a file and store a report for each meeting in it. Return the reports, and whether they are new.

    The same file again changes nothing. `by`: None if the site fetched it. Raises ReportError for a file that is not a report, or is from another day
    than the session or from the future.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    parsed = read_file(edition, content, name, choices)
    same_file = Report.objects.filter(edition=edition, sha256=sha256).order_by("part")
    known = {it.part: it for it in same_file}
    made = []
    lock_meetings(edition.pk)
    for part, rows in enumerate(reading.meetings_of(parsed)):
        if part in known:
            continue
        meeting = replace(parsed, rows=rows)
        report = Report(
            edition=edition,
            session=session_of(edition, meeting, choices),
            file_name=name[-LONGEST_FILE_NAME:] or _("unnamed"),
            content=content,
            sha256=sha256,
            part=part,
            uploaded_by=by,
            is_order_chosen=bool(choices.date_order),
            is_zone_chosen=choices.is_zone_chosen,
        )
        made.append(report)
        try:
            with transaction.atomic(), acting(by):
                save_meeting(report, meeting)
        except IntegrityError:  # the same file at the same moment
            return list(same_file.all()), False
    return made or list(known.values()), bool(made)


def read_file(edition: Edition, content: bytes, name: str, choices: Choices) -> reading.ParsedReport:
    """Return the file, read with these choices. Raises ReportError."""
    hints = hints_of(edition, choices)
    parsed = reading.read(content, hints=hints, name=name)
    if Doubt.DATE_ORDER in parsed.doubts:  # take the order that puts it at one of our sessions
        both = [reading.read(content, hints=replace(hints, date_order=order), name=name) for order in DateOrder]
        fitting = [it for it in both if report_roster.proposed_session(edition, it.intervals)]
        parsed = fitting[0] if len(fitting) == 1 else parsed
    check_day(edition, parsed, choices)
    return parsed


def hints_of(edition: Edition, choices: Choices) -> Hints:
    """Return the choices as hints for the reader."""
    window = terms_of(choices.session).window if choices.session else None
    starts_at, ends_at = window or (None, None)
    return Hints(
        ZoneInfo(choices.zone or edition.time_zone),
        starts_at,
        ends_at,
        choices.date_order,
        choices.encoding,
        is_zone_chosen=choices.is_zone_chosen,
    )


def check_day(edition: Edition, parsed: reading.ParsedReport, choices: Choices) -> None:
    """Raise ReportError for a report from the future, and for one that is not near the chosen session."""
    first = parsed.first_join
    if first and first > timezone.now() + FUTURE:
        raise ReportError(
            _(
                "The first join in this report is %(time)s, which is in the future. If day and month are swapped, choose the "
                "order of dates. Otherwise download the report again."
            )
            % {"time": moment_text(first, edition)},
            code="report_in_future",
        )
    session = choices.session
    window = terms_of(session).window if session else None
    if first and session and window and not choices.is_anyway and parsed.is_far_from(*window):
        raise ReportError(
            _(
                "This report is from another day: its first join is %(first)s, but “%(session)s” starts %(start)s. Choose "
                "another session, or select “Use this report anyway”."
            )
            % {"first": moment_text(first, edition), "session": session, "start": moment_text(window[0], edition)},
            code="other_day",
        )


def moment_text(moment: dt.datetime, edition: Edition) -> str:
    """Return a moment as text, in the edition's zone."""
    return date_format(moment.astimezone(edition.zone), "D j M Y, H:i")


def session_of(edition: Edition, meeting: reading.ParsedReport, choices: Choices) -> Session | None:
    """Return the chosen session if the meeting was on its day, else the one that its times suggest."""
    window = terms_of(choices.session).window if choices.session else None
    if choices.session and (choices.is_anyway or window is None or not meeting.is_far_from(*window)):
        return choices.session
    return report_roster.proposed_session(edition, meeting.intervals)


def save_meeting(report: Report, meeting: reading.ParsedReport) -> None:
    """Save what was read of one meeting, with its people matched. Earlier choices about them stay, and those made live count too."""
    spans = meeting.intervals
    report.platform, report.layout = meeting.platform, meeting.layout
    report.zone, report.named_zone = meeting.zone, meeting.named_zone
    report.encoding, report.date_order = meeting.encoding, meeting.date_order or ""
    report.meta, report.warnings, report.doubts = meeting.meta, list(meeting.warnings), sorted(meeting.doubts)
    report.first_join_at, report.last_leave_at = (spans[0][0], spans[-1][1]) if spans else (None, None)
    report.save()
    before = keyed(report.people.order_by("position").prefetch_related("shared"))
    report.people.all().delete()
    people = [seen_until(connection, report.uploaded_at) for connection in reading.people_of(meeting.rows)]
    matches = matching.match(people, report_roster.roster_of(report.edition), report_roster.aliases_of(report.edition))
    rows = [
        as_row(report, position, person, match)
        for position, (person, match) in enumerate(zip(people, matches, strict=True))
    ]
    shared: list[tuple[ReportedPerson, SharedConnection]] = []
    for key, row in keyed(rows).items():
        chosen = before.get(key)
        if chosen and chosen.how in CHOSEN:
            row.group, row.how, row.participant_id = chosen.group, chosen.how, chosen.participant_id
            row.chosen_by_id, row.chosen_at = chosen.chosen_by_id, chosen.chosen_at
        if chosen:
            shared += [(row, connection) for connection in chosen.shared.all()]
    identify_reported(rows, identities_of(report.session))
    ReportedPerson.objects.bulk_create(rows, batch_size=1000)
    SharedConnection.objects.bulk_create(
        SharedConnection(
            person=row,
            participant_id=connection.participant_id,
            note=connection.note,
            by_id=connection.by_id,
            at=connection.at,
        )
        for row, connection in shared
    )


def seen_until(person: reading.ParsedPerson, moment: dt.datetime) -> reading.ParsedPerson:
    """Return a person with their times cut at the moment the file was uploaded: nobody was seen after that."""
    intervals = tuple((start, min(end, moment)) for start, end in person.intervals if start < moment)
    if intervals == person.intervals:
        return person
    n_cut = minutes_in(person.intervals) - minutes_in(intervals)
    return replace(person, intervals=intervals, minutes=round(max(0, person.minutes - n_cut), 2))


def minutes_in(intervals: Iterable[Interval]) -> float:
    """Return the total length of intervals in minutes."""
    return sum((end - start for start, end in intervals), dt.timedelta()).total_seconds() / 60


def keyed(people: Iterable[ReportedPerson]) -> dict[tuple[Hashable, int], ReportedPerson]:
    """Return people by name and address, and by their order in the file if several share these."""
    n_called: Counter[Hashable] = Counter()
    by_key: dict[tuple[Hashable, int], ReportedPerson] = {}
    for person in people:
        key = key_of(person)
        by_key[key, n_called[key]] = person
        n_called[key] += 1
    return by_key


def key_of(person: ReportedPerson) -> tuple[str, str, str]:
    """Return what identifies a person in a file: name, second name, address."""
    return person.name, person.second_name, person.email.casefold()


def as_row(report: Report, position: int, person: reading.ParsedPerson, match: matching.Match) -> ReportedPerson:
    """Return a person of a report, not saved."""
    return ReportedPerson(
        report=report,
        position=position,
        name=person.name,
        original_name=person.original_name,
        email=person.email,
        second_name=person.second_name,
        second_email=person.second_email,
        n_lines=person.n_lines,
        intervals=[[start.isoformat(), end.isoformat()] for start, end in person.intervals],
        minutes=person.minutes,
        flags=sorted(person.flags),
        group=match.group,
        how=match.how or "",
        participant_id=match.pk,
        suggestions=list(match.suggestions),
    )


@transaction.atomic
def reread_report(*, report: Report, choices: Choices, by: User) -> Report:
    """Read the file again with other choices and match its people again; choices about them stay.

    Raises ReportError as `add_reports`, and ProgrammeError if the report is applied or its file was deleted.
    """
    lock_meetings(report.edition_id)
    report = lock_open_report(report)
    content = bytes(report.content)
    if not content:
        raise ProgrammeError(
            _("The file has been deleted. Upload it again to read it with other options."), code="file_deleted"
        )
    if not choices.encoding and report.encoding in OLDER:
        choices = replace(choices, encoding=report.encoding)
    parsed = read_file(report.edition, content, report.file_name, choices)
    parts = reading.meetings_of(parsed)
    meeting = replace(parsed, rows=parts[min(report.part, len(parts) - 1)])
    check_day(report.edition, meeting, choices)  # in a file of several meetings another one may be near
    report.session = choices.session or report_roster.proposed_session(report.edition, meeting.intervals)
    report.is_order_chosen = bool(choices.date_order)
    report.is_zone_chosen = choices.is_zone_chosen
    with acting(by):
        save_meeting(report, meeting)
    return report


@transaction.atomic
def drop_report(*, report: Report, by: User) -> None:
    """Delete a report that is not applied, with its file. Raises ProgrammeError if evidence rests on it."""
    report = lock_open_report(report)
    if report.evidence.exists():
        raise ProgrammeError(
            _("This report cannot be removed: evidence from it is on record, even if it was undone."),
            code="evidence_recorded",
        )
    with acting(by):
        report.delete()
