"""Row locks, each held until the transaction ends.

Every action that adds evidence, decides or excuses takes them first, in this order, so that it reads everything:

1. who the people in meetings of an edition are, live and in reports
2. a meeting report, or a request to be excused
3. editions and their sessions: shared, so that many can check in at once while the times stay; or one session alone
4. attendance, one person and session at a time, created if there is none
5. the aliases of an edition
6. certificates, in the order of their numbers; then the numbers of status lists
"""

from collections.abc import Collection, Iterable

from django.db import connection
from django.utils.translation import gettext as _

from attendance.models import Attendance, Certificate, CertificateSession, Excuse, Report
from attendance.queries.attendance_records import Cell
from programme.errors import ProgrammeError
from programme.models import Participant, Session

# SQL by hand: Django has no FOR SHARE, and this locks for a scan in one statement instead of three. An update that
# changes nothing locks an existing row and returns its values under the lock.
LOCK = """
    WITH locked AS (
        SELECT s.id, s.edition_id FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
        WHERE s.id = ANY(%s::bigint[]) ORDER BY e.id, s.id FOR SHARE
    )
    INSERT INTO attendance_attendance AS attendance (
        session_id, participant_id, edition_id, status, source, minutes, changed_at
    )
    SELECT locked.id, participant.id, locked.edition_id, '', '', 0, statement_timestamp()
    FROM unnest(%s::bigint[], %s::bigint[]) AS cell (session_id, participant_id)
    JOIN locked ON locked.id = cell.session_id
    JOIN programme_participant participant
        ON participant.id = cell.participant_id AND participant.edition_id = locked.edition_id
    ORDER BY locked.id, participant.id
    ON CONFLICT (participant_id, session_id) DO UPDATE SET changed_at = attendance.changed_at
    RETURNING attendance.*
"""


MEETINGS_LOCK, ALIASES_LOCK = 20_261_163, 20_261_164  # first keys of advisory locks; the second is the edition's


NUMBERS_LOCK = 20_261_201  # key of the advisory lock

# What LOCK does to the sessions of its cells, to all of an edition.
LOCK_SESSIONS = """
    SELECT FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
    WHERE e.id = %s ORDER BY e.id, s.id FOR SHARE
"""


class NotOfEditionError(ProgrammeError):
    """A participant does not take part in the edition of a session."""


def lock_meetings(edition_id: int) -> None:
    """Lock who the people in the meetings of an edition and in its reports are: one lock, as a report may change its session.

    Who locks those of several editions does so in the order of their numbers.
    """
    lock_advisory(MEETINGS_LOCK, edition_id)


def lock_aliases(edition_id: int) -> None:
    """Lock the aliases of an edition, so that no two transactions add the same one."""
    lock_advisory(ALIASES_LOCK, edition_id)


def lock_advisory(key: int, edition_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [key, edition_id % 2**31])


def lock_numbers() -> None:
    """Lock the numbers of status lists: one process at a time draws some."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERS_LOCK])


def lock_sessions_of(edition_id: int) -> None:
    """Lock an edition and all its sessions: shared, so that their times stay while others check in."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SESSIONS, [edition_id])


def lock_attendances(cells: Iterable[tuple[Participant, Session]]) -> list[Attendance]:
    """Lock and return the attendance of each person and session, created if there is none.

    Always in the same order, so two transactions that lock several never deadlock. Raises NotOfEditionError.
    """
    return lock_cells((session.pk, participant.pk) for participant, session in cells)


def lock_cells(cells: Iterable[Cell]) -> list[Attendance]:
    """Lock attendances as `lock_attendances`, by primary keys.

    Raises NotOfEditionError if a participant is not of the session's edition.
    """
    pairs = sorted(set(cells))
    sessions, participants = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    attendances = list(Attendance.objects.raw(LOCK, [sessions, sessions, participants]))
    if len(attendances) < len(pairs):
        raise NotOfEditionError(
            _("Some people do not take part in this session's edition. Nothing was changed."), code="other_edition"
        )
    return attendances


def lock_with_grounds(cells: Iterable[tuple[Participant, Session]], certificates: Collection[int]) -> list[Attendance]:
    """Lock attendances as `lock_attendances`, and with them what else some certificates rest on, by primary key. Return the former.

    Who revokes while deciding takes these locks at once: two who decide about different sessions of one certificate would deadlock.
    """
    decided = {(session.pk, participant.pk) for participant, session in cells}
    grounds = CertificateSession.objects.filter(certificate__in=certificates).order_by()
    others = set(grounds.values_list("session_id", "participant_id")) if certificates else set()
    return [it for it in lock_cells(decided | others) if (it.session_id, it.participant_id) in decided]


def lock_certificates(certificates: Iterable[int]) -> None:
    """Lock certificates, by primary key, always in the same order. What they rest on is locked before."""
    rows = Certificate.objects.filter(pk__in=list(certificates)).order_by("pk").values_list("pk")
    list(rows.select_for_update(no_key=True))


def lock_attendances_at(session: Session, participants: Iterable[int]) -> list[Attendance]:
    """Lock attendances as `lock_attendances`, of one session and many participants, by primary key."""
    check_at_once()
    return lock_cells((session.pk, participant) for participant in participants)


def check_at_once() -> None:
    """Check constraints immediately until the transaction ends, instead of at its end.

    Writing each row's history slows down with the pending checks: thousands of rows take quadratic time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def lock_session(session: Session) -> Session:
    """Lock a session against other changes and return it as it is now, with its edition and actual time."""
    relations = ("edition__venue", "actual_time")
    locked = Session.objects.select_for_update(no_key=True, of=["self"]).select_related(*relations)
    return locked.get(pk=session.pk)


def lock_reports_to_apply(session: Session) -> list[Report]:
    """Lock the reports of a session that are read and not applied; only their primary keys are there."""
    reports = Report.objects.filter(session=session, state=Report.State.READ).order_by("pk").only("pk")
    return list(reports.select_for_update(of=["self"]))


def lock_report(report: Report) -> Report:
    """Lock a report and return it with its edition and session."""
    relations = ("edition", "session__edition", "session__actual_time")
    return Report.objects.select_for_update(of=["self"]).select_related(*relations).get(pk=report.pk)


def lock_open_report(report: Report) -> Report:
    """Lock a report and return it as it is now. Raises ProgrammeError when it is applied: evidence depends on it."""
    locked = lock_report(report)
    if locked.is_applied:
        raise ProgrammeError(
            _("This report has been applied. Undo it first. Your choices are kept."), code="report_applied"
        )
    return locked


def lock_excuse(excuse: Excuse) -> Excuse:
    """Lock a request and return it with its people."""
    return Excuse.objects.with_people().select_for_update(of=["self"], no_key=True).get(pk=excuse.pk)
