"""Checking in at a door: a scan is answered, recorded once, or rehearsed."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import cell_of
from attendance.actions.evidence import LockedCell, add_evidence, counted_evidence, locked_cell
from attendance.actions.locks import NotOfEditionError
from attendance.models import Evidence, Kiosk
from attendance.queries.session_windows import is_door_open
from attendance.rules.attendance import EvidenceKind
from attendance.rules.check_in import ScanAnswer, scanned_at
from programme.errors import ProgrammeError
from programme.models import Participant, Seat, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


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


def check_in(
    *, person: int | None, session: Session, scan: Scan, by: User | None, kiosk: Kiosk | None = None
) -> Verdict:
    """Check a person in at a session. `person`: the participant's primary key, None if the code is not ours.

    `kiosk`: the device that scanned, if nobody is signed in there.
    The same scan counts once and always gets the same answer. Nothing is recorded unless the answer is CHECKED_IN. Eight
    queries. Raises ProgrammeError for a scan that was already used for somebody else, and for a button that said another name.
    """
    if person is None:
        return Verdict(ScanAnswer.UNKNOWN)
    piece = Evidence(
        kind=Evidence.Kind.DOOR,
        observed_at=scanned_at(received_at=timezone.now(), made=scan.made_at, sent=scan.sent_at),
        by=by,
        kiosk=kiosk,
        scan_id=scan.scan_id,
        device_at=scan.made_at,
    )
    cell = None
    try:
        with transaction.atomic(), acting(by):
            cell = locked_cell(person, session.pk)
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


def rehearse_check_in(*, person: int | None, session: Session, scan: Scan) -> Verdict:
    """Return the answer that a scan would get if the session began now. Nothing is recorded, and the door need not be open.

    Raises ProgrammeError as `check_in`.
    """
    if person is None:
        return Verdict(ScanAnswer.UNKNOWN)
    try:
        with transaction.atomic():
            cell = locked_cell(person, session.pk)
            is_admitted = cell.is_expected or scan.is_anyway
            refusal = _other_person(cell, scan) or _refusal(cell, session.starts_at, is_admitted=is_admitted)
            transaction.set_rollback(True)  # the attendance that was created to be locked goes with it
            return refusal or Verdict(ScanAnswer.CHECKED_IN, cell.participant)
    except NotOfEditionError:
        return _not_of(person)


def _other_person(cell: LockedCell, scan: Scan) -> Verdict | None:
    """Return None if a scan is about the person that its button named, else the answer it got before.

    Raises ProgrammeError if the button named somebody else: nothing may be recorded about either of the two.
    """
    name = str(cell.participant)
    if not scan.name or scan.name == name:
        return None
    if known := _known_scan(scan, cell):  # recorded, and the name was corrected since
        return known
    text = _(
        "This button was for “%(shown)s”, but number %(number)d is “%(name)s”. Nobody was checked in: search again."
    )
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
    return Verdict(ScanAnswer.CHECKED_IN, cell.participant, add_evidence(cell, piece), is_new=True)


def _refusal(cell: LockedCell, observed_at: dt.datetime | None, *, is_admitted: bool) -> Verdict | None:
    """Return the refusal of a scan made then; None if it is accepted. `is_admitted`: they have a seat, or need none."""
    participant = cell.participant
    if not participant.is_registered:
        return Verdict(ScanAnswer.WITHDRAWN, participant)
    if earlier := counted_evidence(cell, EvidenceKind.DOOR):
        return Verdict(ScanAnswer.ALREADY, participant, earlier)
    if observed_at is None or not is_door_open(cell.session, observed_at):
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


def _seat_beside(participant: Participant, session: Session) -> Seat | None:
    """Return the seat of a person in another session at the same time."""
    same_time = {"starts_at__lt": session.ends_at, "ends_at__gt": session.starts_at}
    return Seat.objects.held().with_people().filter(participant=participant, **same_time).first()
