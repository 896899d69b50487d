"""Keeping attendance in step with what it follows from.

Whoever adds evidence, decides or excuses locks first, in this order: the editions and sessions, shared, so that their times
stay while everybody checks in at once; then the attendance rows, one person and session at a time. What is read afterwards
is therefore all there is.
"""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Attendance
from attendance.queries.attendance_records import Cell, Records, records_of
from attendance.rules import attendance as rules
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session

# By hand, as Django has no FOR SHARE, and so that a scan takes one statement to lock and not three. An update that
# changes nothing locks a row that is there already, and returns it as it is once the lock is held.
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
COMPUTED = ("status", "source", "minutes", "arrived_at")


class NotOfEditionError(ProgrammeError):
    """A participant takes no part in the edition of a session."""


def lock_attendances(cells: Iterable[tuple[Participant, Session]]) -> list[Attendance]:
    """The attendance of each person and session, made where there is none, locked until the transaction ends.

    One after the other: two who lock several never wait for each other in a circle. Raises NotOfEditionError.
    """
    return lock_cells((session.pk, participant.pk) for participant, session in cells)


def lock_cells(cells: Iterable[Cell]) -> list[Attendance]:
    """As `lock_attendances`, by numbers. Raises NotOfEditionError where a participant is not of the session's edition."""
    pairs = sorted(set(cells))
    sessions, participants = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    attendances = list(Attendance.objects.raw(LOCK, [sessions, sessions, participants]))
    if len(attendances) < len(pairs):
        raise NotOfEditionError(_("Not everybody takes part in the edition of the session. Nothing was changed."))
    return attendances


def lock_attendances_at(session: Session, participants: Iterable[int]) -> list[Attendance]:
    """As `lock_attendances`, of one session and many people, by their numbers."""
    check_at_once()
    return lock_cells((session.pk, participant) for participant in participants)


def check_at_once() -> None:
    """Until the transaction ends, check what rows refer to as they are written, not in the end.

    Each row's history takes the longer, the more checks are left for the end: thousands of rows grow by their square.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def recompute(attendances: Iterable[Attendance]) -> int:
    """Bring attendance rows, which are locked, to what follows now. How many that changed.

    Four queries, and one for the changes, however many rows.
    """
    rows = list(attendances)
    return apply(rows, records_of(cell_of(row) for row in rows))


def apply(rows: Iterable[Attendance], records: Records, added: Sequence[rules.Observation] = ()) -> int:
    """Bring attendance rows, which are locked, to what follows from the records. How many that changed. One query.

    `added`: what was observed about each of them since the records were read.
    """
    changed = [row for row in rows if take(row, records.finding(cell_of(row), added))]
    Attendance.objects.bulk_create(  # they are there: of thousands this takes a hundredth of the time of bulk_update
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*COMPUTED, "changed_at"]
    )
    return len(changed)


def cell_of(row: Attendance) -> Cell:
    return row.session_id, row.participant_id


def take(row: Attendance, finding: rules.Finding) -> bool:
    """Put a finding into the row; whether that makes a difference."""
    before = tuple(getattr(row, name) for name in COMPUTED)
    row.status, row.source = finding.status.value, str(finding.source)
    row.minutes, row.arrived_at = finding.minutes, finding.arrived_at
    row.changed_at = timezone.now()
    return tuple(getattr(row, name) for name in COMPUTED) != before


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
