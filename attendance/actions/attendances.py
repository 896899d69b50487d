"""Keeping attendance in step with what it follows from.

Whoever adds evidence, decides or excuses locks first, in this order: the editions and sessions, shared, so that their times
stay while everybody checks in at once; then the attendance rows, one person and session at a time. What is read afterwards
is therefore all there is.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from attendance.models import Attendance
from attendance.queries.attendance_records import is_of_any, records_of
from attendance.rules.attendance import Finding
from programme.models import Edition, Participant, Session

LOCK = """
    SELECT FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
    WHERE s.id = ANY(%s) ORDER BY e.id, s.id FOR SHARE
"""
KEPT = ("status", "source", "minutes", "arrived_at")


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


def recompute(attendances: Iterable[Attendance], session: Session | None = None) -> int:
    """Bring attendance rows, which are locked, to what follows now. How many that changed.

    Five queries, and one for the changes, however many rows. `session`: that of all of them, when it is at hand.
    """
    rows = list(attendances)
    records = records_of([(row.session_id, row.participant_id) for row in rows], session)
    changed = [row for row in rows if take(row, records.finding((row.session_id, row.participant_id)))]
    Attendance.objects.bulk_create(  # they are there: of thousands this takes a hundredth of the time of bulk_update
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*KEPT, "changed_at"]
    )
    return len(changed)


def take(row: Attendance, found: Finding) -> bool:
    """Put a finding into the row; whether that makes a difference."""
    before = tuple(getattr(row, name) for name in KEPT)
    row.status, row.source = found.status.value, str(found.source)
    row.minutes, row.arrived_at = found.minutes, found.arrived_at
    row.changed_at = timezone.now()
    return tuple(getattr(row, name) for name in KEPT) != before


@transaction.atomic
def recompute_session(session: Session) -> int:
    """After its times have changed: everybody's attendance of it. How many that changed."""
    return recompute(
        Attendance.objects.filter(session=session)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )


@transaction.atomic
def recompute_edition(edition: Edition) -> int:
    """After its rules have changed: everybody's attendance. How many that changed."""
    return recompute(
        Attendance.objects.filter(edition=edition)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )
