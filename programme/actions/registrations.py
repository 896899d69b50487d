"""Register, approve, decline, withdraw and move participants, and hand over the coordinator's role.

Each action locks the delegation, then the user, then the participant (see `locks`), so that the quota is checked by one
transaction at a time; a database trigger enforces it. Each queues one email to whom it concerns.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.invitations import usable
from programme.actions.locks import lock_delegations, lock_participant, lock_registering, lock_sessions
from programme.actions.profiles import Answers, take_answers
from programme.actions.quotas import check_quota
from programme.actions.registration_mails import take_back_all, tell_of_state
from programme.actions.take_overs import offered_place, taking_place
from programme.actions.waiting_lists import fill_free_seats
from programme.errors import ProgrammeError
from programme.models import Delegation, Invitation, Participant, RegistrationDraft
from programme.rules.registrations import needs_approval
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

State = Participant.State


@transaction.atomic
def register(
    *, delegation: Delegation, answers: Answers, by: User, invitation: Invitation | None = None
) -> Participant:
    """Register the actor: at once if invited or if the address is in the city's domains, otherwise pending approval.

    Return the participant. Somebody registered or pending stays as they are, except that an invitation registers
    somebody pending and can make a registered participant coordinator. Raises DelegationFullError if the quota is used up;
    ProgrammeError if registration is not open, the invitation is not valid, or the person was declined.
    """
    (delegation,) = lock_delegations([delegation])
    by = lock_registering(by, invitation)
    people = Participant.objects.with_people().select_for_update(of=["self"], no_key=True)
    participant = people.filter(user=by, edition=delegation.edition).first() or Participant(user=by)
    if participant.is_registered or (participant.pk and participant.is_pending and invitation is None):
        if invitation and participant.delegation_id == delegation.pk:
            _make_coordinator_by(invitation, participant, by)
        return participant
    is_invited = invitation is not None and can_bring_back(invitation, participant)
    place = offered_place(invitation, delegation) if is_invited else None
    check_open(delegation, participant, invitation, by, has_place=place is not None and place.is_registered)
    must_wait = needs_approval(
        email=by.email,
        domains=delegation.email_domains,
        is_invited=is_invited,
        was_sent_away=participant.was_sent_away,
    )
    participant.delegation, participant.edition = delegation, delegation.edition
    is_asked = bool(invitation and invitation.is_for_coordinator)
    participant.is_coordinator = is_asked and delegation.coordinator() in {None, place}
    with acting(by), taking_place(place, participant, by=invitation.invited_by if invitation else None):
        take_answers(participant, answers)
        _set_state(participant, State.PENDING if must_wait else State.REGISTERED, by=by)
        _mark_used(invitation, by)
        RegistrationDraft.objects.filter(user=by, edition=delegation.edition).delete()
    if must_wait:
        emails.queue_to_participant("waiting", participant)
    else:
        tell_of_state(participant, "registered")
    return participant


def check_open(
    delegation: Delegation,
    participant: Participant,
    invitation: Invitation | None,
    by: User,
    *,
    has_place: bool = False,
) -> None:
    """Raise ProgrammeError if this person cannot register now. `has_place`: somebody else's, so the quota does not matter."""
    now = timezone.now()
    if invitation and not is_usable(invitation, delegation, by):
        raise ProgrammeError(_("Your invitation is no longer valid. Ask the person who invited you for a new one."))
    if not delegation.edition.is_open(now):
        raise ProgrammeError(_("Registration is not open."))
    if participant.state == State.DECLINED and not (invitation and can_bring_back(invitation, participant)):
        raise ProgrammeError(
            _("The organisers declined your registration. Write to them if you think this is a mistake.")
        )
    if not has_place:
        check_quota(delegation)


def can_bring_back(invitation: Invitation, participant: Participant) -> bool:
    """Return whether the invitation readmits somebody declined or withdrawn by others: it must be personal and made since."""
    if participant.state != State.DECLINED and not participant.was_sent_away:
        return True
    return bool(invitation.email) and invitation.created_at > participant.state_at


def is_usable(invitation: Invitation, delegation: Delegation, by: User) -> bool:
    """Lock the invitation. Return whether this user can use it for the delegation."""
    current = (
        Invitation.objects.select_for_update(of=["self"], no_key=True)
        .filter(pk=invitation.pk, delegation=delegation)
        .first()
    )
    return usable(current, user=by, now=timezone.now()) is not None


def can_approve(participant: Participant) -> bool:
    """Return whether an organiser can register them: not those who withdrew themselves."""
    return participant.state in {State.PENDING, State.DECLINED} or participant.was_sent_away


@transaction.atomic
def approve(*, participant: Participant, by: User) -> bool:
    """Register somebody pending, declined, or withdrawn by others, and tell them. Return whether anything changed.

    Raises DelegationFullError if the quota is used up.
    """
    locked = lock_participant(participant)
    if not approve_locked(locked, by):
        return False
    tell_of_state(locked, "approved")
    participant.refresh_from_db()
    return True


def approve_locked(participant: Participant, by: User) -> bool:
    """Register somebody who is locked with their delegation, and tell nobody. Return and raise as `approve`."""
    if not can_approve(participant):
        return False
    check_quota(participant.delegation)
    with acting(by):
        _set_state(participant, State.REGISTERED, by=by)
    return True


@transaction.atomic
def decline(*, participant: Participant, reason: str, by: User) -> bool:
    """Decline somebody pending, and tell them the reason. Return whether anything changed."""
    locked = lock_participant(participant)
    if not locked.is_pending:
        return False
    with acting(by):
        _set_state(locked, State.DECLINED, by=by, reason=reason)
    emails.queue_to_participant("declined", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def withdraw(*, participant: Participant, by: User, reason: str = "") -> bool:
    """Withdraw somebody, free their seats, and tell them. Return whether anything changed.

    Raises ProgrammeError if coordinators withdraw themselves while they have registered colleagues.
    """
    locked = lock_participant(participant)
    if locked.state not in {State.REGISTERED, State.PENDING}:
        return False
    colleagues = locked.delegation.participants.registered().exclude(pk=locked.pk)
    if by.pk == locked.user_id and locked.is_coordinator and colleagues.exists():
        raise ProgrammeError(_("Make a colleague the coordinator first, then withdraw."))
    locked.is_coordinator = False
    with leaving_seats(locked, by):
        _set_state(locked, State.WITHDRAWN, by=by, reason=reason)
    tell_of_state(locked, "withdrawn")
    participant.refresh_from_db()
    return True


@transaction.atomic
def remove_participant(*, participant: Participant, by: User) -> None:
    """Delete a participant: for mistakes, and for people who ask to be erased.

    Their seats go to the waiting lists. Somebody registered gets the withdrawal email, which removes the sessions from
    their calendar.
    """
    locked = lock_participant(participant)
    with leaving_seats(locked, by):
        if locked.is_registered:
            take_back_all(locked, _("The person was removed."))
            locked.is_coordinator = False
            _set_state(locked, State.WITHDRAWN, by=by)
            tell_of_state(locked, "withdrawn")
        locked.delete()


@contextmanager
def leaving_seats(participant: Participant, by: User) -> Iterator[None]:
    """Around the end of a registration: a trigger deletes their seats, which then go to the waiting lists."""
    lock_sessions([participant.edition_id])
    with acting(by):
        yield
        fill_free_seats([participant.edition_id])


@transaction.atomic
def move_to_city(*, participant: Participant, delegation: Delegation, by: User) -> bool:
    """Move somebody registered or pending to another delegation of the edition, and tell them.

    Return whether anything changed. Raises DelegationFullError if its quota is used up, ProgrammeError for a delegation
    of another edition.
    """
    if delegation.edition_id != participant.edition_id:
        raise ProgrammeError(_("%(city)s does not take part in that edition.") % {"city": delegation})
    locked = lock_participant(participant, delegation)
    if not move_locked(locked, delegation, by):
        return False
    emails.queue_to_participant("moved", locked)
    participant.refresh_from_db()
    return True


def move_locked(participant: Participant, delegation: Delegation, by: User) -> bool:
    """Move somebody who is locked with both delegations of their edition, and tell nobody. Return and raise as `move_to_city`."""
    if participant.delegation_id == delegation.pk or participant.state not in {State.REGISTERED, State.PENDING}:
        return False
    if participant.is_registered:
        check_quota(delegation)
    participant.delegation, participant.is_coordinator = delegation, False
    with acting(by):
        participant.save()
    return True


@transaction.atomic
def hand_over(*, participant: Participant, by: User) -> bool:
    """Make somebody registered the only coordinator of their delegation. Return whether anything changed."""
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    if not locked.is_registered:
        raise ProgrammeError(_("%(name)s is not registered, so they cannot be coordinator.") % {"name": locked})
    with acting(by):
        for before in locked.delegation.participants.with_people().filter(is_coordinator=True):
            before.is_coordinator = False
            before.save(update_fields=["is_coordinator"])
            if before.user_id != by.pk:
                emails.queue_to_participant("no_longer_coordinator", before, successor=locked)
        locked.is_coordinator = True
        locked.save(update_fields=["is_coordinator"])
    emails.queue_to_participant("made_coordinator", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def tell_coordinator(*, delegation: Delegation, draft: RegistrationDraft, name: str, by: User) -> bool:
    """Tell the coordinator of a full delegation that somebody would like to take part; once per draft and delegation.

    Without a coordinator the invited one or the organisers are told. Return False if there is no address to write to.
    Raises ProgrammeError if the delegation is not full.
    """
    (delegation,) = lock_delegations([delegation])
    if delegation.participants.registered().count() < delegation.quota:
        raise ProgrammeError(
            _("%(city)s can register more people now. Send your answers again.") % {"city": delegation}
        )
    draft = RegistrationDraft.objects.select_for_update().get(pk=draft.pk)
    if draft.told_coordinator_of_id == delegation.pk:
        return True
    coordinator = delegation.coordinator()
    to = coordinator.user.email if coordinator else delegation.coordinator_email or delegation.edition.contact_email
    if not to:
        return False
    draft.told_coordinator_of = delegation
    draft.save(update_fields=["told_coordinator_of"])
    emails.queue("seat_wanted", to=to, edition=delegation.edition, delegation=delegation, person=by, name=name)
    return True


def _make_coordinator_by(invitation: Invitation, participant: Participant, by: User) -> None:
    """Make a registered participant coordinator by an invitation, unless the delegation has one."""
    delegation = participant.delegation
    if not invitation.is_for_coordinator or delegation.coordinator() or not is_usable(invitation, delegation, by):
        return
    with acting(by):
        participant.is_coordinator = True
        participant.save(update_fields=["is_coordinator"])
        _mark_used(invitation, by)
    emails.queue_to_participant("made_coordinator", participant)


def _mark_used(invitation: Invitation | None, by: User) -> None:
    """Mark a personal invitation as used; links to forward stay open."""
    if invitation and invitation.email:
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now(), accepted_by=by)


def _set_state(participant: Participant, state: str, *, by: User, reason: str = "") -> None:
    """Set the participant's state with who decided it, when and why, and save."""
    participant.state, participant.state_by, participant.state_reason = state, by, reason
    participant.state_at = timezone.now()
    participant.save()
