"""Adding evidence: somebody joined, somebody came through the door, and taking back what was a mistake."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import recompute
from attendance.actions.first_evidence import add_first, check_in_first
from attendance.actions.locks import lock_attendances
from attendance.models import Attendance, Evidence
from attendance.queries.attendance_records import terms_of
from attendance.queries.session_windows import can_be_joined, door_window, join_window
from attendance.queries.sessions import has_seat
from attendance.rules.attendance import Answer, is_near, scanned_at
from programme.errors import ProgrammeError
from programme.models import Participant, Seat, Session, User
from programme.rules.windows import Window
from udtacademy.db.history import acting

LONGEST_REASON: int = Evidence._meta.get_field("note").max_length or 0


def record_join(*, participant: Participant, session: Session, by: User) -> Evidence:
    """Note that somebody pressed the join button. A second click adds nothing.

    Raises ProgrammeError when they take no part any more, joining is not open, or the session is cancelled, has no
    meeting, or is not theirs.
    """
    now = timezone.now()
    piece = Evidence(kind=Evidence.Kind.JOIN, participant=participant, observed_at=now, by=by)
    if can_be_joined(session, now) and add_first(piece, session):
        return piece
    return _record_join(participant, session, by)


@transaction.atomic
def _record_join(participant: Participant, session: Session, by: User) -> Evidence:
    (attendance,) = lock_attendances([(participant, session)])
    participant, session = _as_they_are(attendance)
    check_joinable(participant, session, timezone.now())
    found = _counted(participant, session, Evidence.Kind.JOIN)
    if found:
        return found
    return _add(attendance, Evidence(kind=Evidence.Kind.JOIN, observed_at=timezone.now(), by=by), session)


def check_joinable(participant: Participant, session: Session, now: dt.datetime) -> None:
    if not participant.is_registered:
        raise ProgrammeError(_("You are not registered any more."))
    if session.is_cancelled:
        raise ProgrammeError(_("This session is cancelled."))
    if join_window(session, now) is not Window.OPEN:
        raise ProgrammeError(_("Joining is not open."))
    if not session.meeting_url:
        raise ProgrammeError(_("The meeting has no link yet. Try again in a minute."))
    if not has_seat(participant, session):
        raise ProgrammeError(_("You have no seat in this session."))


@dataclass(frozen=True)
class Scan:
    """What a phone at the door sends: its own id, made there; when it was made and sent, by the phone's clock."""

    scan_id: uuid.UUID
    made_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    is_anyway: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the door answers: about whom, on what it rests, and which seat they have at that time instead.

    `held_in`: the numbers of the sessions in which they have a seat, where they came along.
    """

    answer: Answer
    participant: Participant | None = None
    evidence: Evidence | None = None
    seat: Seat | None = None
    is_new: bool = False
    held_in: Sequence[int] | None = None


def check_in(*, person: int | None, session: Session, scan: Scan, by: User) -> Verdict:
    """Check somebody in at the door of a session; `person` is the participant's number, None when the code is not ours.

    However often the same scan comes, it counts once and is answered alike. Nothing is recorded unless the answer is
    CHECKED_IN. Raises ProgrammeError for a scan that was uploaded about somebody else before.
    """
    if person is None:
        return Verdict(Answer.UNKNOWN)
    if verdict := check_in_at_once(person=person, session=session, scan=scan, by=by):
        return verdict
    participant = Participant.objects.only("edition").filter(pk=person).first()
    if participant is None:
        return Verdict(Answer.UNKNOWN)
    if participant.edition_id != session.edition_id:
        return Verdict(Answer.WRONG_EDITION, participant)
    piece = _scanned(participant.pk, scan, by)
    try:
        return _check_in(participant, session, piece, is_anyway=scan.is_anyway)
    except IntegrityError:  # the same scan, uploaded about somebody else at the same moment: now it is known
        return _check_in(participant, session, piece, is_anyway=scan.is_anyway)


def check_in_at_once(*, person: int | None, session: Session, scan: Scan, by: User) -> Verdict | None:
    """As `check_in`, in one statement, of somebody expected of whom nothing is recorded yet; None, and nothing is
    recorded, where that is not so, and where the session has changed since it was read.
    """
    if person is None:
        return None
    piece = _scanned(person, scan, by)
    first = check_in_first(piece, session) if is_door_open(session, piece.observed_at) else None
    if first is None:
        return None
    return Verdict(Answer.CHECKED_IN, first.participant, piece, is_new=True, held_in=first.held_in)


def _scanned(person: int, scan: Scan, by: User) -> Evidence:
    """What a scan is evidence of."""
    return Evidence(
        kind=Evidence.Kind.DOOR,
        participant_id=person,
        observed_at=scanned_at(received_at=timezone.now(), made=scan.made_at, sent=scan.sent_at),
        by=by,
        scan_id=scan.scan_id,
        device_at=scan.made_at,
    )


@transaction.atomic
def _check_in(participant: Participant, session: Session, piece: Evidence, *, is_anyway: bool) -> Verdict:
    (attendance,) = lock_attendances([(participant, session)])
    participant, session = _as_they_are(attendance)
    known = Evidence.objects.filter(scan_id=piece.scan_id)
    if known.exists():
        return _known(known.with_people().get(), attendance)
    is_expected = has_seat(participant, session)
    refusal = _refusal(participant, session, piece.observed_at, is_let_in=is_expected or is_anyway)
    if refusal:
        return refusal
    if not is_expected:
        piece.note = _("let in without a seat in this session")
    _add(attendance, piece, session)
    return Verdict(Answer.CHECKED_IN, participant, piece, is_new=True)


def is_door_open(session: Session, moment: dt.datetime) -> bool:
    """Whether whoever is scanned then can be checked in."""
    return not session.is_cancelled and door_window(session, moment) is Window.OPEN


def _refusal(
    participant: Participant, session: Session, observed_at: dt.datetime, *, is_let_in: bool
) -> Verdict | None:
    """Why somebody of the edition is not checked in by a scan made then, if so. `is_let_in`: with a seat, or anyway."""
    if not participant.is_registered:
        return Verdict(Answer.WITHDRAWN, participant)
    if found := _counted(participant, session, Evidence.Kind.DOOR):
        return Verdict(Answer.ALREADY, participant, found)
    if not is_door_open(session, observed_at):
        return Verdict(Answer.CLOSED, participant)
    if not is_let_in:
        return Verdict(Answer.ELSEWHERE, participant, seat=_seat_beside(participant, session))
    return None


def _known(piece: Evidence, attendance: Attendance) -> Verdict:
    """The answer to a scan that was uploaded before."""
    if (piece.participant_id, piece.session_id) != (attendance.participant_id, attendance.session_id):
        raise ProgrammeError(_("This scan was uploaded about somebody else before. Scan again."))
    is_undone = hasattr(piece, "retraction")
    return Verdict(Answer.UNDONE if is_undone else Answer.CHECKED_IN, piece.participant, piece)


@transaction.atomic
def retract(*, evidence: Evidence, reason: str, by: User) -> bool:
    """Take a piece of evidence back; both stay on record. Whether that changed something.

    Raises ProgrammeError without a reason or with one that is too long, and for a retraction, which is not taken back:
    record what is true anew.
    """
    reason = reason.strip()
    if not reason:
        raise ProgrammeError(_("Say why it is taken back."))
    if len(reason) > LONGEST_REASON:
        raise ProgrammeError(_("Say it in %s characters at most.") % LONGEST_REASON)
    if evidence.kind == Evidence.Kind.RETRACTION:
        raise ProgrammeError(_("What takes something back is not taken back itself. Record what is true anew."))
    (attendance,) = lock_attendances([(evidence.participant, evidence.session)])
    if Evidence.objects.filter(retracts=evidence).exists():
        return False
    _add(
        attendance,
        Evidence(
            kind=Evidence.Kind.RETRACTION,
            observed_at=evidence.observed_at,
            retracts=evidence,
            note=reason,
            by=by,
        ),
    )
    return True


def _add(attendance: Attendance, piece: Evidence, session: Session | None = None) -> Evidence:
    """Add a piece about whom and what an attendance, which is locked, is about; the attendance follows.

    `session`: as it is under the lock, when it is at hand.
    """
    piece.participant_id, piece.session_id = attendance.participant_id, attendance.session_id
    piece.edition_id = attendance.edition_id
    with acting(piece.by):
        piece.save()
        recompute([attendance], session)
    return piece


def _as_they_are(attendance: Attendance) -> tuple[Participant, Session]:
    """Whom and what an attendance is about, read anew under its lock: what a page knows may be older."""
    participant = Participant.objects.with_people().get(pk=attendance.participant_id)
    session = Session.objects.select_related("edition__venue", "taught").get(pk=attendance.session_id)
    return participant, session


def _counted(participant: Participant, session: Session, kind: str) -> Evidence | None:
    """The first that was seen of somebody and counts: what was seen before a session moved does not."""
    terms = terms_of(session)
    found = Evidence.objects.effective().filter(participant=participant, session=session, kind=kind).order_by("pk")
    near = [pk for pk, observed_at in found.values_list("pk", "observed_at") if is_near(observed_at, terms)]
    return Evidence.objects.with_people().get(pk=near[0]) if near else None


def _seat_beside(participant: Participant, session: Session) -> Seat | None:
    """The seat that somebody has at the time of the session, in another one."""
    same_time = {"starts_at__lt": session.ends_at, "ends_at__gt": session.starts_at}
    return Seat.objects.held().with_people().filter(participant=participant, **same_time).first()
