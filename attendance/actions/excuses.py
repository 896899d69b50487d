"""Requests about sessions (excuses, make-ups, corrections), and their approval or refusal by an organiser."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.attendances import recompute
from attendance.actions.decisions import decide
from attendance.actions.locks import lock_attendances, lock_excuse
from attendance.models import Decision, Excuse
from attendance.queries.cell_messages import excuse_key
from programme import emails
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

State = Excuse.State


@transaction.atomic
def ask_excuse(
    *, participant: Participant, session: Session, kind: str, reason: str, answer: str = "", by: User
) -> Excuse:
    """Send a request to the organisers: a person's own, or their coordinator's, which shows.

    Raises ProgrammeError if the person has an open request about the session, or if something is missing.
    """
    excuse = Excuse(
        participant=participant, session=session, edition=session.edition, kind=kind, reason=reason, answer=answer
    )
    excuse.asked_by = None if by.pk == participant.user_id else by
    lock_attendances([(participant, session)])  # one request at a time
    if excuse.asked_by and Excuse.objects.asked().filter(participant=participant, session=session).exists():
        text = _("For %(name)s, a request about this session is already waiting for a decision.")
        raise ProgrammeError(text % {"name": participant}, code="request_open")
    try:
        excuse.full_clean()
    except ValidationError as error:
        raise ProgrammeError(" ".join(error.messages), code="request_invalid") from error
    with acting(by):
        excuse.save()
    return excuse


@transaction.atomic
def withdraw_excuse(*, excuse: Excuse, by: User) -> bool:
    """Withdraw a request while it is open, as the person or as the coordinator who sent it. Return whether that changed anything."""
    locked = lock_excuse(excuse)
    if not locked.is_open:
        return False
    with acting(by):
        locked.state = State.WITHDRAWN
        locked.save()
    return True


@transaction.atomic
def approve_excuse(*, excuse: Excuse, reason: str = "", by: User) -> bool:
    """Approve a request. Return whether that changed anything.

    Excuses and make-ups are counted separately; a correction becomes a decision that the person was present.
    """
    locked, reason = lock_excuse(excuse), reason.strip()
    if not locked.is_open:
        return False
    attendances = lock_attendances([(locked.participant, locked.session)])
    with acting(by):
        _decide(locked, State.APPROVED, reason, by)
        recompute(attendances)
    if locked.kind == Excuse.Kind.CORRECTION:
        default_reason = _("Requested by the participant: %(reason)s") % {"reason": locked.reason}
        cell = (locked.participant, locked.session)
        decide(cells=[cell], outcome=Decision.Outcome.PRESENT, reason=reason or default_reason, by=by)
    return True


@transaction.atomic
def decline_excuse(*, excuse: Excuse, reason: str, by: User) -> bool:
    """Decline a request with a reason, which is sent to the person. Return whether that changed anything.

    Raises ProgrammeError without a reason.
    """
    locked, reason = lock_excuse(excuse), reason.strip()
    if not reason:
        raise ProgrammeError(_("Enter a reason for declining the request."), code="reason_missing")
    if not locked.is_open:
        return False
    with acting(by):
        _decide(locked, State.DECLINED, reason, by)
    return True


def _decide(excuse: Excuse, state: str, reason: str, by: User) -> None:
    excuse.state, excuse.decision_reason, excuse.decided_by = state, reason, by
    excuse.decided_at = timezone.now()
    excuse.save()
    excuse.session.edition = excuse.participant.edition
    emails.queue_to_participant(f"excuse_{state}", excuse.participant, excuse=excuse, dedupe_key=excuse_key(excuse))
