"""Recompute attendance from the records. The rows are locked (`actions/locks.py`)."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from attendance.models import Attendance, Decision
from attendance.queries.attendance_records import Cell, Records, records_of
from attendance.rules.attendance import Finding, Observation
from programme.models import Edition, Session

COMPUTED = ("status", "source", "minutes", "arrived_at")


def recompute(attendances: Iterable[Attendance]) -> int:
    """Update locked attendance rows from the records. Return how many changed.

    Four queries, and one for the changes, however many rows.
    """
    rows = list(attendances)
    return apply(rows, records_of(cell_of(row) for row in rows))


def apply(rows: Iterable[Attendance], records: Records, added: Sequence[Observation] = ()) -> int:
    """Update locked attendance rows from records that were read before. Return how many changed. One query.

    `added`: observations of each of these people since the records were read.
    """
    changed = [row for row in rows if copy_finding(row, records.finding(cell_of(row), added))]
    Attendance.objects.bulk_create(  # they all exist; for thousands this takes a hundredth of the time of bulk_update
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*COMPUTED, "changed_at"]
    )
    return len(changed)


def cell_of(row: Attendance | Decision) -> Cell:
    return row.session_id, row.participant_id


def copy_finding(row: Attendance, finding: Finding) -> bool:
    """Copy a finding into a row. Return whether that changed anything."""
    before = tuple(getattr(row, name) for name in COMPUTED)
    row.status, row.source = finding.status.value, str(finding.source)
    row.minutes, row.arrived_at = finding.minutes, finding.arrived_at
    row.changed_at = timezone.now()
    return tuple(getattr(row, name) for name in COMPUTED) != before


@transaction.atomic
def recompute_session(session: Session) -> int:
    """Recompute everybody's attendance of a session whose times have changed. Return how many changed."""
    return recompute(
        Attendance.objects.filter(session=session)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )


@transaction.atomic
def recompute_edition(edition: Edition) -> int:
    """Recompute all attendance of an edition whose rules have changed. Return how many changed."""
    return recompute(
        Attendance.objects.filter(edition=edition)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )
