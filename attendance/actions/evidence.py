"""Recording evidence: joining a meeting, an organiser's word, and retracting a mistake. The door is in `check_ins`."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import wording
from attendance.actions.attendances import apply, cell_of, recompute
from attendance.actions.locks import lock_attendances, lock_cells
from attendance.models import Attendance, Evidence
from attendance.queries.attendance_records import Records, records_of_cell
from attendance.queries.session_windows import counts_for, is_door_open, join_window
from attendance.rules.attendance import BY_EVIDENCE, WAS_THERE, AttendanceStatus, EvidenceKind, is_near
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from programme.rules.windows import Window
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.db.prepared import Parameter, prepared

# What the desk sees of a person. Each scan and click reads it under its lock: a fifth of all columns.
SHOWN_AT_DOOR = (
    *("edition", "state", "expo_pass"),
    *("user__name", "user__email", "delegation__edition", "delegation__city__name", "delegation__city__country"),
)
LONGEST_REASON: int = Evidence._meta.get_field("note").max_length or 0


@dataclass(frozen=True)
class LockedCell:
    """A person at a session, locked. Everything is read under the lock, because what a page shows may be outdated."""

    attendance: Attendance
    participant: Participant  # with SHOWN_AT_DOOR and `held_in`
    records: Records

    @property
    def session(self) -> Session:
        return self.records.sessions[self.attendance.session_id]

    @property
    def is_expected(self) -> bool:
        """Return whether the session is for this person: it is for everybody, or they have a seat in it."""
        return not self.session.takes_seats or self.session.pk in self.participant.held_in


def record_join(*, participant: Participant, session: Session, by: User) -> Evidence:
    """Record that a participant pressed the join button. A second click adds nothing.

    Raises ProgrammeError if they no longer take part, joining is not open, the session is cancelled or has no meeting,
    or they have no seat in it.
    """
    with transaction.atomic(), acting(by):
        cell, now = locked_cell(participant.pk, session.pk), timezone.now()
        check_joinable(cell, now)
        return counted_evidence(cell, EvidenceKind.JOIN) or add_evidence(
            cell, Evidence(kind=Evidence.Kind.JOIN, observed_at=now, by=by)
        )


def locked_cell(participant: int, session: int) -> LockedCell:
    """Lock and read everything a person's attendance of a session follows from. Six queries.

    Raises NotOfEditionError if the session's edition has no such participant.
    """
    (attendance,) = lock_cells([(session, participant)])
    (person,) = _person_at_door(participant=participant)
    return LockedCell(attendance, person, records_of_cell(session, participant))


@prepared
def _person_at_door() -> QuerySet[Participant]:
    people = Participant.objects.filter(pk=Parameter("participant")).order_by()
    return people.select_related("user", "delegation__city").only(*SHOWN_AT_DOOR).with_held_seats()


def check_joinable(cell: LockedCell, now: dt.datetime) -> None:
    """Raise ProgrammeError if the person cannot join the session now."""
    if not cell.participant.is_registered:
        raise ProgrammeError(_("You are no longer registered."), code="not_registered")
    if cell.session.is_cancelled:
        raise ProgrammeError(_("This session is cancelled."), code="session_cancelled")
    if join_window(cell.session, now) is not Window.OPEN:
        raise ProgrammeError(_("You cannot join this session at the moment."), code="joining_closed")
    if not cell.session.meeting_url:
        raise ProgrammeError(_("There is no meeting link yet. Try again in a minute."), code="meeting_link_missing")
    if not cell.is_expected:
        raise ProgrammeError(_("You have no seat in this session."), code="no_seat")


def record_here(*, participant: Participant, session: Session, by: User) -> Evidence | None:
    """Record an organiser's word that a person is at a session. Return None if something is established about them.

    Raises ProgrammeError if an organiser decided otherwise, outside the time in which the door accepts scans, or if they are
    not expected.
    """
    with transaction.atomic(), acting(by):
        cell, now = locked_cell(participant.pk, session.pk), timezone.now()
        if cell.attendance.status:
            check_not_decided_otherwise(cell.attendance)
            return None
        if not (is_door_open(cell.session, now) and is_near(now, cell.records.terms[session.pk])):
            raise ProgrammeError(
                _("You can record who is here from one hour before the session until it ends."), code="check_in_closed"
            )
        if not cell.participant.is_registered:
            raise ProgrammeError(_("This person is no longer registered."), code="not_registered")
        if not cell.is_expected:
            raise ProgrammeError(_("This person has no seat in this session."), code="no_seat")
        return add_evidence(cell, Evidence(kind=Evidence.Kind.WORD, observed_at=now, by=by))


def check_not_decided_otherwise(attendance: Attendance) -> None:
    """Raise ProgrammeError if somebody was decided to be excused or absent: their being there was then not recorded."""
    status = AttendanceStatus(attendance.status)
    if attendance.source not in BY_EVIDENCE and status not in WAS_THERE:
        text = _("Decided: %(status)s, so nothing was recorded.")
        raise ProgrammeError(text % {"status": wording.status_word(status)}, code="decided_otherwise")


@transaction.atomic
def undo_here(*, participant: Participant, session: Session, by: User) -> int:
    """Retract what `by` said of a person's being at a session. Return how many pieces of evidence; 0 if that was done before."""
    lock_attendances([(participant, session)])
    pieces = Evidence.objects.effective().with_people().vouched_by(by).filter(participant=participant, session=session)
    return sum(retract(evidence=it, reason=_("undone on the live view"), by=by) for it in pieces)


@transaction.atomic
def retract(*, evidence: Evidence, reason: str, by: User) -> bool:
    """Retract a piece of evidence; both stay on record. Return whether that changed anything.

    Raises ProgrammeError without a reason or with one that is too long, and for a retraction.
    """
    reason = reason.strip()
    if not reason:
        raise ProgrammeError(_("Enter a reason for the retraction."), code="reason_missing")
    if len(reason) > LONGEST_REASON:
        raise ProgrammeError(
            _("The reason must be %(n)s characters or fewer.") % {"n": LONGEST_REASON}, code="reason_too_long"
        )
    if evidence.kind == Evidence.Kind.RETRACTION:
        raise ProgrammeError(
            _("A retraction cannot be retracted. Make a decision instead."), code="evidence_is_retraction"
        )
    with acting(by):
        (attendance,) = lock_attendances([(evidence.participant, evidence.session)])
        if Evidence.objects.filter(retracts=evidence).exists():
            return False
        Evidence.objects.create(
            kind=Evidence.Kind.RETRACTION,
            participant=evidence.participant,
            session=evidence.session,
            observed_at=evidence.observed_at,
            retracts=evidence,
            note=reason,
            by=by,
        )
        recompute([attendance])
    return True


def add_evidence(cell: LockedCell, piece: Evidence) -> Evidence:
    """Add evidence about a locked person and session, and update the attendance."""
    attendance = cell.attendance
    piece.participant_id, piece.session_id = attendance.participant_id, attendance.session_id
    piece.edition_id = attendance.edition_id
    piece.save()
    apply([attendance], cell.records, [piece.as_observation()])
    return piece


def counted_evidence(cell: LockedCell, kind: EvidenceKind) -> Evidence | None:
    """Return the first evidence of that kind that counts for the session's present times; no query if there is none."""
    at, session = cell_of(cell.attendance), cell.session
    seen = cell.records.seen.get(at, ())
    if not any(it.kind == kind and counts_for(session, kind, it.starts_at) for it in seen):
        return None
    pieces = Evidence.objects.effective().with_people().filter(session=at[0], participant=at[1], kind=kind)
    return next(it for it in pieces.order_by("pk") if counts_for(session, kind, it.observed_at))
