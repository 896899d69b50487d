"""Recording who has signed a sign-in sheet: each signature is an organiser's word, with the sheet as its note."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import cell_of, recompute
from attendance.actions.evidence import check_not_decided_otherwise
from attendance.actions.locks import lock_attendances_at
from attendance.models import Attendance, Evidence
from attendance.models.actual_time import held_at
from attendance.queries.attendance_records import Records, records_of
from attendance.queries.session_windows import counts_for
from attendance.queries.sign_in_sheets import SIGNED, people_at, signatures, ticked_from
from attendance.rules.attendance import BY_EVIDENCE, EvidenceKind
from programme.errors import ProgrammeError
from programme.formats import zoned_moment
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

ENOUGH = frozenset({EvidenceKind.DOOR, EvidenceKind.WORD})  # a signature adds nothing to these


@dataclass(frozen=True)
class Ticked:
    """What ticking a sheet changed. `refused`: people who were not recorded, each with the reason."""

    n_new: int = 0
    n_already: int = 0
    n_undone: int = 0
    refused: Sequence[tuple[Participant, str]] = ()


@transaction.atomic
def tick_sheet(*, session: Session, signed: Collection[int], unsigned: Collection[int], by: User) -> Ticked:
    """Record that people, by primary key, have signed the sheet of a session, and take it back of others.

    A signature counts from the session's start, or from now if that is still to come. Nothing is added about people who were
    scanned or seen, and nothing but signatures is taken back, whoever ticked them. Doing the same again changes nothing.

    Raises ProgrammeError more than an hour before the session and without a time, for a cancelled one, and for people of
    another edition.
    """
    if not signed and not unsigned:
        return Ticked()
    with acting(by):
        attendances = lock_attendances_at(session, {*signed, *unsigned})
        records = records_of(cell_of(it) for it in attendances)
        locked = records.sessions[session.pk]
        check_ticked_now(locked)
        undone = retract_signatures(locked, set(unsigned) - set(signed), by)
        to_add = [it for it in attendances if it.participant_id in signed]
        new, refused = sorted_out(locked, to_add, records)
        add_signatures(locked, new, by)
        recompute(attendances)
    return Ticked(len(new), len(to_add) - len(new) - len(refused), undone, refused)


def check_ticked_now(session: Session) -> None:
    """Raise ProgrammeError if the session's sheet cannot be ticked now."""
    if session.is_cancelled:
        raise ProgrammeError(_("This session is cancelled."), code="session_cancelled")
    opens_at = ticked_from(session)
    if opens_at is None:
        raise ProgrammeError(_("This session has no time yet. Nothing was recorded."), code="session_without_time")
    if timezone.now() < opens_at:
        text = _("You can tick this sheet from %(time)s, an hour before the session begins.")
        raise ProgrammeError(text % {"time": zoned_moment(opens_at, session.edition.zone)}, code="check_in_closed")


def sorted_out(
    session: Session, attendances: Iterable[Attendance], records: Records
) -> tuple[list[int], tuple[tuple[Participant, str], ...]]:
    """Return whose signature is to be recorded, by primary key, and who is refused, with the reason; not who is recorded."""
    expected = {it.pk for it in people_at(session)}
    new: list[int] = []
    refused: dict[int, str] = {}
    for attendance in attendances:
        at, pk = cell_of(attendance), attendance.participant_id
        if any(it.kind in ENOUGH and counts_for(session, it.kind, it.starts_at) for it in records.seen.get(at, ())):
            continue
        try:
            is_decided = is_decided_as_there(attendance)
        except ProgrammeError as error:
            refused[pk] = str(error)
            continue
        if pk not in expected:
            refused[pk] = _("not expected at this session")
        elif not is_decided:
            new.append(pk)
    people = Participant.objects.with_people().in_bulk(refused)
    return new, tuple((people[pk], reason) for pk, reason in refused.items())


def is_decided_as_there(attendance: Attendance) -> bool:
    """Return whether an organiser decided that the person was there. Raises ProgrammeError if one decided otherwise."""
    if not attendance.status or attendance.source in BY_EVIDENCE:
        return False
    check_not_decided_otherwise(attendance)
    return True


def add_signatures(session: Session, people: Iterable[int], by: User) -> None:
    """Add evidence from the session's start, as sheets say no time, or from now before it."""
    now, starts_at = timezone.now(), held_at(session).starts_at
    Evidence.objects.bulk_create(
        Evidence(
            kind=Evidence.Kind.WORD,
            participant_id=pk,
            session_id=session.pk,
            edition_id=session.edition_id,
            observed_at=min(now, starts_at or now),
            note=SIGNED,
            by=by,
        )
        for pk in people
    )


def retract_signatures(session: Session, people: Collection[int], by: User) -> int:
    """Take signatures back; both stay on record. Return how many people's."""
    pieces = signatures(session).filter(participant__in=people)
    retractions = [
        Evidence(
            kind=Evidence.Kind.RETRACTION,
            participant_id=it.participant_id,
            session_id=session.pk,
            edition_id=session.edition_id,
            observed_at=it.observed_at,
            retracts=it,
            note=_("unticked on the sign-in sheet"),
            by=by,
        )
        for it in pieces
    ]
    Evidence.objects.bulk_create(retractions)
    return len({it.participant_id for it in retractions})
