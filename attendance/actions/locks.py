"""Locks of rows, each until the transaction ends.

Whoever adds evidence, decides or excuses locks first, in this order, so that what is read afterwards is all there is:

1. a meeting report, or a request to be excused
2. editions and their sessions, shared: their times stay while everybody checks in at once
3. attendance, one person and session at a time, made where there is none
"""

from collections.abc import Iterable

from django.db import connection

from attendance.models import Attendance, Excuse, Report
from attendance.queries.attendance_records import is_of_any
from programme.models import Participant, Session

LOCK = """
    SELECT FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
    WHERE s.id = ANY(%s) ORDER BY e.id, s.id FOR SHARE
"""


def lock_attendances(cells: Iterable[tuple[Participant, Session]]) -> list[Attendance]:
    """The attendance of each person and session, made where there is none, locked until the transaction ends.

    One after the other: two who lock several never wait for each other in a circle.
    """
    return lock_pairs({(session.pk, participant.pk, session.edition_id) for participant, session in cells})


def lock_cells(session: Session, participants: Iterable[int]) -> list[Attendance]:
    """As `lock_attendances`, of one session and many people, by their numbers."""
    check_at_once()
    return lock_pairs({(session.pk, participant, session.edition_id) for participant in participants})


def lock_pairs(cells: Iterable[tuple[int, int, int]]) -> list[Attendance]:
    """By the numbers of session, participant and edition."""
    pairs = sorted(cells)
    lock_sessions({session for session, _participant, _edition in pairs})
    missing = [Attendance(session_id=it[0], participant_id=it[1], edition_id=it[2]) for it in pairs]
    Attendance.objects.bulk_create(missing, ignore_conflicts=True)
    wanted = Attendance.objects.filter(
        is_of_any(it[1] for it in pairs), session__in={it[0] for it in pairs}
    ).select_for_update(no_key=True, of=["self"])
    chosen = {it[:2] for it in pairs}
    found = wanted.order_by("session_id", "participant_id")
    return [attendance for attendance in found if (attendance.session_id, attendance.participant_id) in chosen]


def check_at_once() -> None:
    """Until the transaction ends, check what rows refer to as they are written, not in the end.

    Each row's history takes the longer, the more checks are left for the end: thousands of rows grow by their square.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def lock_sessions(pks: set[int]) -> None:
    """FOR SHARE, which Django does not offer: many may hold it at once, and nobody changes the rows meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(pks)])


def lock_report(report: Report) -> Report:
    relations = ("edition", "session__edition", "session__taught")
    return Report.objects.select_for_update(of=["self"]).select_related(*relations).get(pk=report.pk)


def lock_excuse(excuse: Excuse) -> Excuse:
    return Excuse.objects.with_people().select_for_update(of=["self"], no_key=True).get(pk=excuse.pk)
