"""How people get into a delegation and out of it: register, approve, decline, withdraw, move, hand over.

Every move locks the delegation first, so that its seats are counted by one at a time; a database trigger holds the seats
even against what does not come through here. Every move writes to the person whom it concerns. What is done already is
not done again: the second click changes nothing and sends nothing.
"""

from dataclasses import dataclass, fields

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme import emails, rules
from programme.actions.invitations import lock_delegations, usable
from programme.errors import DelegationFullError, ProgrammeError
from programme.history import acting
from programme.models import Delegation, Invitation, Participant, RegistrationDraft, User

State = Participant.State


@dataclass(frozen=True)
class Answers:
    """What somebody says of themselves when they register. None: it was not asked."""

    name: str
    job_title: str
    department: str
    hopes: str
    language: str
    time_zone: str
    dietary_needs: str = ""
    accessibility_needs: str = ""
    wants_expo_pass: bool | None = None
    photo_consent: bool | None = None


ABOUT_THE_USER = ("name", "language", "time_zone")
ABOUT_THE_PARTICIPANT = tuple(
    field.name for field in fields(Answers) if field.name not in {*ABOUT_THE_USER, "wants_expo_pass"}
)


@transaction.atomic
def register(
    *, delegation: Delegation, answers: Answers, by: User, invitation: Invitation | None = None
) -> Participant:
    """Register somebody: at once when invited or when the address is the city's own, else to be approved.

    Returns the participant; of one who is in already, that one, unchanged. Raises DelegationFullError when all seats are
    taken, ProgrammeError when registration is not open, the invitation leads in no more, or the person was declined.
    """
    (delegation,) = lock_delegations([delegation])
    now = timezone.now()
    if invitation:
        current = Invitation.objects.select_for_update(of=["self"]).filter(pk=invitation.pk).first()
        invitation = usable(current, user=by, now=now)
        if invitation is None or invitation.delegation_id != delegation.pk:
            raise ProgrammeError(_("Your invitation does not lead in any more. Ask whoever invited you for a new one."))
    participant = (
        Participant.objects.with_people()
        .select_for_update(of=["self"])
        .filter(user=by, edition=delegation.edition)
        .first()
    )
    if participant and participant.state in {State.REGISTERED, State.PENDING}:
        return participant
    if not delegation.edition.is_open(now):
        raise ProgrammeError(_("Registration is not open."))
    if participant and participant.state == State.DECLINED and not invitation:
        raise ProgrammeError(_("The organisers declined your registration. Write to them if that is a mistake."))
    if delegation.participants.registered().count() >= delegation.seats:
        raise full(delegation)
    participant = participant or Participant(user=by)
    must_wait = rules.needs_approval(
        email=by.email,
        domains=delegation.email_domains,
        is_invited=invitation is not None,
        was_sent_away=participant.was_sent_away,
    )
    participant.delegation = delegation
    participant.is_coordinator = bool(invitation and invitation.is_for_coordinator and not delegation.coordinator())
    with acting(by):
        _take(participant, answers)
        _move(participant, State.PENDING if must_wait else State.REGISTERED, by=by)
        if invitation and invitation.email:
            Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now, accepted_by=by)
        RegistrationDraft.objects.filter(user=by, edition=delegation.edition).delete()
    emails.queue_to_participant("waiting" if must_wait else "registered", participant)
    return participant


@transaction.atomic
def approve(*, participant: Participant, by: User) -> bool:
    """Let somebody in who waits, or was declined or withdrawn. Whether that changed something.

    Raises DelegationFullError when all seats are taken.
    """
    locked = _lock(participant)
    if locked.is_registered:
        return False
    if locked.delegation.participants.registered().count() >= locked.delegation.seats:
        raise full(locked.delegation)
    with acting(by):
        _move(locked, State.REGISTERED, by=by)
    emails.queue_to_participant("approved", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def decline(*, participant: Participant, reason: str, by: User) -> bool:
    """Say no to somebody who waits for approval, with the reason, which they are told. Whether that changed something.

    Raises ProgrammeError for somebody who is registered: they are withdrawn instead.
    """
    locked = _lock(participant)
    if locked.state == State.DECLINED:
        return False
    if locked.is_registered:
        raise ProgrammeError(_("%s is registered already; withdraw instead.") % locked)
    with acting(by):
        _move(locked, State.DECLINED, by=by, reason=reason)
    emails.queue_to_participant("declined", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def withdraw(*, participant: Participant, by: User, reason: str = "") -> bool:
    """Take somebody out, by themselves or by others. Their seat is free, and they are told. Whether that changed something."""
    locked = _lock(participant)
    if locked.state not in {State.REGISTERED, State.PENDING}:
        return False
    locked.is_coordinator = False
    with acting(by):
        _move(locked, State.WITHDRAWN, by=by, reason=reason)
    emails.queue_to_participant("withdrawn", locked, is_own_wish=by == locked.user)
    participant.refresh_from_db()
    return True


@transaction.atomic
def move_to_city(*, participant: Participant, delegation: Delegation, by: User) -> bool:
    """Put somebody who is in or waits into another city's delegation of the edition, and tell them.

    Whether that changed something.

    Raises DelegationFullError when the other city's seats are taken, ProgrammeError for a delegation of another edition.
    """
    if delegation.edition_id != participant.edition_id:
        raise ProgrammeError(_("%s does not take part in that edition.") % delegation)
    if delegation.pk == participant.delegation_id or participant.state not in {State.REGISTERED, State.PENDING}:
        return False
    lock_delegations([participant.delegation, delegation])
    locked = _lock(participant)
    if locked.is_registered and delegation.participants.registered().count() >= delegation.seats:
        raise full(delegation)
    locked.delegation, locked.is_coordinator = delegation, False
    with acting(by):
        locked.save()
    emails.queue_to_participant("moved", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def hand_over(*, participant: Participant, by: User) -> bool:
    """Make somebody registered the coordinator of their city, in place of whoever was. Whether that changed something."""
    locked = _lock(participant)
    if locked.is_coordinator:
        return False
    if not locked.is_registered:
        raise ProgrammeError(_("%s is not registered, and so cannot be coordinator.") % locked)
    with acting(by):
        for before in locked.delegation.participants.filter(is_coordinator=True):
            before.is_coordinator = False
            before.save(update_fields=["is_coordinator"])
        locked.is_coordinator = True
        locked.save(update_fields=["is_coordinator"])
    emails.queue_to_participant("made_coordinator", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def update_profile(*, participant: Participant, answers: Answers, by: User) -> None:
    """Keep what somebody says of themselves; the state and the city stay."""
    locked = _lock(participant)
    with acting(by):
        _take(locked, answers)
        locked.save()


@transaction.atomic
def tell_coordinator(*, delegation: Delegation, draft: RegistrationDraft, by: User) -> bool:
    """Write to the coordinator of a full delegation that somebody would like to come, once a draft.

    Without a coordinator the organisers are written to. False when nobody could be reached.
    """
    draft = RegistrationDraft.objects.select_for_update().get(pk=draft.pk)
    if draft.told_coordinator_at:
        return True
    coordinator = delegation.coordinator()
    to = coordinator.user.email if coordinator else delegation.coordinator_email or delegation.edition.contact_email
    if not to:
        return False
    draft.told_coordinator_at = timezone.now()
    draft.save(update_fields=["told_coordinator_at"])
    name = str(draft.answers.get("name", ""))[:200]
    emails.queue("seat_wanted", to=to, edition=delegation.edition, delegation=delegation, person=by, name=name)
    return True


def full(delegation: Delegation) -> DelegationFullError:
    text = ngettext("The only seat of %(city)s is taken.", "All %(n)s seats of %(city)s are taken.", delegation.seats)
    return DelegationFullError(text % {"n": delegation.seats, "city": delegation.city})


def _lock(participant: Participant) -> Participant:
    """The participant, locked, after the delegation: whoever counts its seats waits."""
    lock_delegations([participant.delegation])
    return Participant.objects.with_people().select_for_update(of=["self"]).get(pk=participant.pk)


def _take(participant: Participant, answers: Answers) -> None:
    """Put the answers where they belong. A pass that was issued stays issued."""
    for name in ABOUT_THE_PARTICIPANT:
        setattr(participant, name, getattr(answers, name))
    if answers.wants_expo_pass is not None and participant.expo_pass != Participant.ExpoPass.ISSUED:
        passes = Participant.ExpoPass
        participant.expo_pass = passes.WANTED if answers.wants_expo_pass else passes.DECLINED
    user = User.objects.select_for_update().get(pk=participant.user_id)
    for name in ABOUT_THE_USER:
        setattr(user, name, getattr(answers, name))
    user.save(update_fields=list(ABOUT_THE_USER))
    participant.user = user


def _move(participant: Participant, state: str, *, by: User, reason: str = "") -> None:
    """Put the participant into the state and note who did it, when and why."""
    participant.state, participant.state_by, participant.state_reason = state, by, reason
    participant.state_at = timezone.now()
    try:
        with transaction.atomic():
            participant.save()
    except IntegrityError as error:
        if violated_constraint(error) == "delegation_has_seats":
            raise full(participant.delegation) from error
        raise


def violated_constraint(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", "") or ""
