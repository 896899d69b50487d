"""Recording evidence: joining a meeting, checking in at a door, an organiser's word, and retracting a mistake."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import wording
from attendance.actions.attendances import apply, cell_of, recompute
from attendance.actions.locks import NotOfEditionError, lock_attendances, lock_cells
from attendance.models import Attendance, Evidence
from attendance.queries.attendance_records import Records, records_of_cell
from attendance.queries.session_windows import counts_for, door_window, join_window
from attendance.rules.attendance import BY_EVIDENCE, WAS_THERE, AttendanceStatus, EvidenceKind, is_near
from attendance.rules.check_in import ScanAnswer, scanned_at
from programme.errors import ProgrammeError
from programme.models import Participant, Seat, Session
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
        cell, now = _locked(participant.pk, session.pk), timezone.now()
        check_joinable(cell, now)
        return _counted(cell, EvidenceKind.JOIN) or _add(
            cell, Evidence(kind=Evidence.Kind.JOIN, observed_at=now, by=by)
        )


def _locked(participant: int, session: int) -> LockedCell:
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


@dataclass(frozen=True)
class Scan:
    """A scan from a phone at the door: its ID, made there, and when it was made and sent, by the phone's clock.

    `name`: whom the pressed button was for, as it said; empty for a code.
    """

    scan_id: uuid.UUID
    made_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    is_anyway: bool = False
    name: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer to a scan: the person, the evidence for it, and the seat they have at that time instead.

    `participant` has `held_in` if they take part in the session's edition.
    """

    answer: ScanAnswer
    participant: Participant | None = None
    evidence: Evidence | None = None
    seat: Seat | None = None
    is_new: bool = False


def check_in(*, person: int | None, session: Session, scan: Scan, by: User) -> Verdict:
    """Check a person in at a session. `person`: the participant's primary key, None if the code is not ours.

    The same scan counts once and always gets the same answer. Nothing is recorded unless the answer is CHECKED_IN. Eight
    queries. Raises ProgrammeError for a scan that was already used for somebody else, and for a button that said another name.
    """
    if person is None:
        return Verdict(ScanAnswer.UNKNOWN)
    piece = Evidence(
        kind=Evidence.Kind.DOOR,
        observed_at=scanned_at(received_at=timezone.now(), made=scan.made_at, sent=scan.sent_at),
        by=by,
        scan_id=scan.scan_id,
        device_at=scan.made_at,
    )
    cell = None
    try:
        with transaction.atomic(), acting(by):
            cell = _locked(person, session.pk)
            verdict = _other_person(cell, scan) or _checked_in(cell, piece, is_anyway=scan.is_anyway)
            if not verdict.is_new:
                transaction.set_rollback(True)  # the attendance that was created to be locked goes with it
    except NotOfEditionError:
        return _not_of(person)
    except IntegrityError:  # the scan was uploaded before: retracted since, or about somebody else
        known = _known_scan(scan, cell) if cell else None
        if known is None:
            raise
        return known
    return verdict if verdict.is_new else _known_scan(scan, cell) or verdict


def _other_person(cell: LockedCell, scan: Scan) -> Verdict | None:
    """Return None if a scan is about the person that its button named, else the answer it got before.

    Raises ProgrammeError if the button named somebody else: nothing may be recorded about either of the two.
    """
    name = str(cell.participant)
    if not scan.name or scan.name == name:
        return None
    if known := _known_scan(scan, cell):  # recorded, and the name was corrected since
        return known
    text = _("This button was for “%(shown)s”, but number %(number)d is “%(name)s”. Nobody was checked in: search again.")
    about = {"shown": scan.name, "number": cell.participant.pk, "name": name}
    raise ProgrammeError(text % about, code="other_person")


def _not_of(person: int) -> Verdict:
    """Return the answer about a person who takes no part in the session's edition."""
    participant = Participant.objects.with_people().filter(pk=person).first()
    return Verdict(ScanAnswer.WRONG_EDITION if participant else ScanAnswer.UNKNOWN, participant)


def _checked_in(cell: LockedCell, piece: Evidence, *, is_anyway: bool) -> Verdict:
    """Record a scan, unless there is a reason to refuse it."""
    if refusal := _refusal(cell, piece.observed_at, is_admitted=cell.is_expected or is_anyway):
        return refusal
    if not cell.is_expected:
        piece.note = _("checked in without a seat in this session")
    return Verdict(ScanAnswer.CHECKED_IN, cell.participant, _add(cell, piece), is_new=True)


def is_door_open(session: Session, moment: dt.datetime) -> bool:
    """Return whether people scanned at that moment can be checked in."""
    return not session.is_cancelled and door_window(session, moment) is Window.OPEN


def _refusal(cell: LockedCell, observed_at: dt.datetime, *, is_admitted: bool) -> Verdict | None:
    """Return the refusal of a scan made then; None if it is accepted. `is_admitted`: they have a seat, or need none."""
    participant = cell.participant
    if not participant.is_registered:
        return Verdict(ScanAnswer.WITHDRAWN, participant)
    if earlier := _counted(cell, EvidenceKind.DOOR):
        return Verdict(ScanAnswer.ALREADY, participant, earlier)
    if not is_door_open(cell.session, observed_at):
        return Verdict(ScanAnswer.CLOSED, participant)
    if not is_admitted:
        return Verdict(ScanAnswer.ELSEWHERE, participant, seat=_seat_beside(participant, cell.session))
    return None


def _known_scan(scan: Scan, cell: LockedCell) -> Verdict | None:
    """Return the answer to a scan that was uploaded before; None if it was not."""
    piece = Evidence.objects.with_people().filter(scan_id=scan.scan_id).first()
    if piece is None:
        return None
    if (piece.session_id, piece.participant_id) != cell_of(cell.attendance):
        raise ProgrammeError(_("This scan has already been used for somebody else. Scan again."), code="scan_used")
    is_undone = hasattr(piece, "retraction")
    return Verdict(ScanAnswer.UNDONE if is_undone else ScanAnswer.CHECKED_IN, cell.participant, piece)


def record_here(*, participant: Participant, session: Session, by: User) -> Evidence | None:
    """Record an organiser's word that a person is at a session. Return None if something is established about them.

    Raises ProgrammeError if an organiser decided otherwise, outside the time in which the door accepts scans, or if they are
    not expected.
    """
    with transaction.atomic(), acting(by):
        cell, now = _locked(participant.pk, session.pk), timezone.now()
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
        return _add(cell, Evidence(kind=Evidence.Kind.WORD, observed_at=now, by=by))


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


def _add(cell: LockedCell, piece: Evidence) -> Evidence:
    """Add evidence about a locked person and session, and update the attendance."""
    attendance = cell.attendance
    piece.participant_id, piece.session_id = attendance.participant_id, attendance.session_id
    piece.edition_id = attendance.edition_id
    piece.save()
    apply([attendance], cell.records, [piece.as_observation()])
    return piece


def _counted(cell: LockedCell, kind: EvidenceKind) -> Evidence | None:
    """Return the first evidence of that kind that counts for the session's present times; no query if there is none."""
    at, session = cell_of(cell.attendance), cell.session
    seen = cell.records.seen.get(at, ())
    if not any(it.kind == kind and counts_for(session, kind, it.starts_at) for it in seen):
        return None
    pieces = Evidence.objects.effective().with_people().filter(session=at[0], participant=at[1], kind=kind)
    return next(it for it in pieces.order_by("pk") if counts_for(session, kind, it.observed_at))


def _seat_beside(participant: Participant, session: Session) -> Seat | None:
    """Return the seat of a person in another session at the same time."""
    same_time = {"starts_at__lt": session.ends_at, "ends_at__gt": session.starts_at}
    return Seat.objects.held().with_people().filter(participant=participant, **same_time).first()
