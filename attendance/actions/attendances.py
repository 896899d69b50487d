"""Recompute attendance from the records. The rows are locked (`actions/locks.py`).

What a valid certificate rests on stays as it is (decision 70): what would change it is refused. A caller may say what to do instead.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.models import Attendance, Certificate, CertificateSession, Decision
from attendance.queries.attendance_records import Cell, Records, records_of
from attendance.queries.certificate_grounds import resting_on
from attendance.rules.attendance import Finding, Observation
from attendance.rules.certificates import counted_as
from programme.errors import ProgrammeError
from programme.models import Edition, Session

COMPUTED = ("status", "source", "minutes", "arrived_at")
MOST_NAMES = 5  # in the sentence of a refusal

Grounds = Sequence[CertificateSession]


class CertificateAtStakeError(ProgrammeError):
    """Valid certificates rest on attendance that would change."""

    def __init__(self, certificates: Collection[Certificate]) -> None:
        names = [it.name for it in certificates]
        n_more = len(names) - MOST_NAMES
        listed = ", ".join(names[:MOST_NAMES])
        if n_more > 0:
            listed = _("%(names)s and %(n)s more") % {"names": listed, "n": n_more}
        text = ngettext(
            "A valid certificate rests on this: %(names)s. Revoke it first. Nothing was changed.",
            "Valid certificates rest on this: %(names)s. Revoke them first. Nothing was changed.",
            len(names),
        )
        super().__init__(text % {"names": listed}, code="certificate_at_stake")
        self.certificates = certificates


def refuse(grounds: Grounds) -> None:
    """Raise CertificateAtStakeError."""
    raise CertificateAtStakeError(list({it.certificate_id: it.certificate for it in grounds}.values()))


def leave(_grounds: Grounds) -> None:
    """Leave the attendance that certificates rest on as it is. It is recomputed once they are revoked."""


def recompute(attendances: Iterable[Attendance], *, at_stake: Callable[[Grounds], None] = refuse) -> int:
    """Update locked attendance rows from the records. Return how many changed.

    Four queries, and one for the changes, however many rows. `at_stake`: as in `apply`.
    """
    rows = list(attendances)
    return apply(rows, records_of(cell_of(row) for row in rows), at_stake=at_stake)


def apply(
    rows: Iterable[Attendance],
    records: Records,
    added: Sequence[Observation] = (),
    *,
    at_stake: Callable[[Grounds], None] = refuse,
) -> int:
    """Update locked attendance rows from records that were read before. Return how many changed. One query, and one where
    something no longer counts as it did.

    `added`: observations of each of these people since the records were read. `at_stake`: what to do where valid certificates
    rest on what would change: `refuse`, `leave`, or revoke them. What still rests on a certificate afterwards is left.
    Raises CertificateAtStakeError.
    """
    rows = list(rows)
    before = {cell_of(row): row.status for row in rows}
    changed = [row for row in rows if copy_finding(row, records.finding(cell_of(row), added))]
    recounted = [row for row in changed if loses(before[cell_of(row)], row.status)]
    if grounds := resting_on(recounted) if recounted else []:
        at_stake(grounds)
        held = {(it.session_id, it.participant_id) for it in resting_on(recounted)}
        changed = [row for row in changed if cell_of(row) not in held]
    Attendance.objects.bulk_create(  # they all exist; for thousands this takes a hundredth of the time of bulk_update
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*COMPUTED, "changed_at"]
    )
    return len(changed)


def loses(before: str, after: str) -> bool:
    """Return whether an attendance counted for a certificate before, and no longer does, or otherwise."""
    return (counted := counted_as(before)) is not None and counted != counted_as(after)


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
def recompute_session(session: Session, *, at_stake: Callable[[Grounds], None] = leave) -> int:
    """Recompute everybody's attendance of a session whose times have changed. Return how many changed."""
    rows = Attendance.objects.filter(session=session)
    return recompute(rows.select_for_update(no_key=True).order_by("session_id", "participant_id"), at_stake=at_stake)


@transaction.atomic
def recompute_edition(edition: Edition) -> int:
    """Recompute all attendance of an edition whose rules have changed. Return how many changed."""
    rows = Attendance.objects.filter(edition=edition)
    return recompute(rows.select_for_update(no_key=True).order_by("session_id", "participant_id"), at_stake=leave)
