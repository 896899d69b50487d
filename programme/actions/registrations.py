"""Register, approve, decline, withdraw and move participants.

Each action locks the delegation, then the user, then the participant (see `locks`), so that the quota is checked by one
transaction at a time; a database trigger enforces it. Each queues one email to whom it concerns.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.answer_history import erase_answers_in_history
from programme.actions.city_waiting_lists import move_waiting, serving_waiting_lists, tell_waiting
from programme.actions.coordinators import check_acts_for
from programme.actions.invitations import usable
from programme.actions.locks import lock_delegations_of, lock_participant, lock_registering, lock_sessions
from programme.actions.profiles import Answers, save_own_answers, take_answers
from programme.actions.quotas import check_quota, register_or_wait, set_state
from programme.actions.registration_drafts import delete_unsent
from programme.actions.registration_mails import take_back_all, tell_of_state
from programme.actions.take_overs import offered_place, taking_place
from programme.actions.waiting_lists import fill_free_seats
from programme.errors import ProgrammeError
from programme.models import Delegation, Invitation, Participant, RegistrationDraft
from programme.queries.participants import is_only_coordinator, leaves_a_team
from programme.queries.registering import can_bring_back, gains_by
from programme.rules.registrations import needs_approval
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

State = Participant.State
TAKING_PART = frozenset({State.REGISTERED, State.PENDING, State.WAITING})


@transaction.atomic
def register(
    *, delegation: Delegation, answers: Answers, by: User, invitation: Invitation | None = None
) -> Participant:
    """Register the actor: at once if invited or if the address is in the city's domains, otherwise pending approval.

    If the quota has no room they join the city's waiting list. Return the participant. Somebody registered, pending or
    waiting stays as they are, except that an invitation spares them the approval and can make a registered participant
    coordinator. Raises ProgrammeError if registration is not open, the invitation is not valid, or the person was declined.
    """
    delegation = lock_delegations_of(by, delegation)
    participant = lock_registering(by, delegation.edition, invitation)
    by = participant.user
    if participant.pk and is_settled(participant, delegation, invitation, by):
        if invitation and participant.is_registered and participant.delegation_id == delegation.pk:
            _make_coordinator_by(invitation, participant, by)
        return participant
    check_open(delegation, participant, invitation, by)
    is_invited = invitation is not None and can_bring_back(invitation, participant)
    place = offered_place(invitation, delegation) if is_invited else None
    takes_role = place is not None and role_goes_along(place, invitation)
    must_be_approved = needs_approval(
        email=by.email, domains=delegation.email_domains, is_invited=is_invited, was_sent_away=participant.was_sent_away
    )
    before = participant.delegation_id
    with serving_waiting_lists([before] if before else [], by=by), acting(by):
        if before != delegation.pk:
            participant.waiting_number = None
        participant.delegation, participant.edition = delegation, delegation.edition
        participant.is_coordinator, has_place = False, place is not None and place.is_registered
        with taking_place(place, participant, by=invitation.invited_by if invitation else None):
            take_answers(participant, answers)
            register_or_wait(participant, needs_approval=must_be_approved, has_place=has_place, by=by)
            save_own_answers(participant, answers, by=by)
            _mark_used(invitation, by)  # before the other offers of the place are revoked
        if participant.is_registered and (takes_role or makes_coordinator(invitation, delegation)):
            participant.is_coordinator = True
            participant.save(update_fields=["is_coordinator"])
        RegistrationDraft.objects.filter(user=by, edition=delegation.edition).delete()
    tell_registered(participant)
    return participant


def role_goes_along(place: Participant, invitation: Invitation | None) -> bool:
    """Return whether a successor coordinates instead of the predecessor: if the invitation says so, or nobody else does."""
    is_offered = invitation is not None and invitation.is_for_coordinator
    return (place.is_coordinator and is_offered) or is_only_coordinator(place)


def makes_coordinator(invitation: Invitation | None, delegation: Delegation) -> bool:
    """Return whether an invitation makes somebody registered a coordinator, because the delegation has none."""
    return invitation is not None and invitation.is_for_coordinator and delegation.coordinator() is None


def tell_registered(participant: Participant) -> None:
    """Email somebody who has just registered that they are registered, or what they wait for."""
    if participant.is_waiting:
        tell_waiting(participant)
    elif participant.is_pending:
        emails.queue_to_participant("waiting", participant)
    else:
        tell_of_state(participant, "registered")


def is_settled(participant: Participant, delegation: Delegation, invitation: Invitation | None, by: User) -> bool:
    """Return whether registering, with an invitation or without, does not change the state of a participant."""
    if participant.is_registered:
        return True
    if participant.is_waiting and invitation:
        is_used = Invitation.objects.filter(pk=invitation.pk, accepted_by=by).exists()
        return is_used or not gains_by(participant, invitation, delegation)
    return invitation is None and (participant.is_pending or participant.is_waiting)


def check_open(delegation: Delegation, participant: Participant, invitation: Invitation | None, by: User) -> None:
    """Raise ProgrammeError if this person cannot register now."""
    now = timezone.now()
    if invitation and not is_usable(invitation, delegation, by):
        raise ProgrammeError(
            _("Your invitation is no longer valid. Ask the person who invited you for a new one."),
            code="invitation_not_valid",
        )
    if not delegation.edition.is_open(now):
        raise ProgrammeError(_("Registration is not open."), code="registration_not_open")
    if participant.state == State.DECLINED and not (invitation and can_bring_back(invitation, participant)):
        raise ProgrammeError(
            _("The organisers declined your registration. Write to them if you think this is a mistake."),
            code="registration_declined",
        )


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
    return (
        participant.state in {State.PENDING, State.DECLINED} or participant.was_sent_away or participant.needs_approval
    )


@transaction.atomic
def approve(*, participant: Participant, by: User) -> bool:
    """Register somebody pending, declined, or withdrawn by others, and tell them. Return whether anything changed.

    If the quota has no room they join the city's waiting list, or stay there. Raises DelegationFullError if the edition is over.
    """
    locked = lock_participant(participant)
    if not approve_locked(locked, by):
        return False
    if locked.is_waiting:
        tell_waiting(locked, is_approved=True)
    else:
        tell_of_state(locked, "approved")
    participant.refresh_from_db()
    return True


def approve_locked(participant: Participant, by: User) -> bool:
    """Approve somebody who is locked with their delegation, and tell nobody. Return and raise as `approve`."""
    if not can_approve(participant):
        return False
    with acting(by):
        register_or_wait(participant, needs_approval=False, by=by)
    return True


@transaction.atomic
def decline(*, participant: Participant, reason: str, by: User) -> bool:
    """Decline somebody pending or on the waiting list, and tell them the reason. Return whether anything changed."""
    locked = lock_participant(participant)
    if not (locked.is_pending or locked.is_waiting):
        return False
    with serving_waiting_lists([locked.delegation_id], by=by), acting(by):
        set_state(locked, State.DECLINED, by=by, reason=reason)
    emails.queue_to_participant("declined", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def withdraw(*, participant: Participant, by: User, reason: str = "") -> bool:
    """Withdraw somebody, or take them off the waiting list, and tell them. Return whether anything changed.

    Their seats and their part of the quota go to the waiting lists. Raises ProgrammeError if coordinators withdraw themselves
    while they have registered colleagues and nobody else coordinates, or withdraw somebody when they no longer coordinate.
    """
    locked = lock_participant(participant)
    if locked.state not in TAKING_PART:
        return False
    if by.pk != locked.user_id:
        check_acts_for(locked.delegation, by)
    elif leaves_a_team(locked):
        raise ProgrammeError(_("Make a colleague the coordinator first, then withdraw."), code="only_coordinator")
    locked.is_coordinator, was_waiting = False, locked.is_waiting
    with serving_waiting_lists([locked.delegation_id], by=by), leaving_seats(locked, by):
        set_state(locked, State.WITHDRAWN, by=by, reason=reason)
    tell_of_state(locked, "withdrawn", was_waiting=was_waiting)
    participant.refresh_from_db()
    return True


@transaction.atomic
def remove_participant(*, participant: Participant, by: User) -> None:
    """Delete a participant, also what the history says of their answers: for mistakes, and for people who ask to be erased.

    Their seats and their part of the quota go to the waiting lists. Somebody registered gets the withdrawal email, which
    removes the sessions from their calendar.
    """
    locked = lock_participant(participant)
    with serving_waiting_lists([locked.delegation_id], by=by), leaving_seats(locked, by):
        if locked.is_registered:
            take_back_all(locked, _("The person was removed."))
            locked.is_coordinator = False
            set_state(locked, State.WITHDRAWN, by=by)
            tell_of_state(locked, "withdrawn")
        number = locked.pk
        locked.delete()
        delete_unsent(user=locked.user, edition=locked.edition)
        erase_answers_in_history(number)


@contextmanager
def leaving_seats(participant: Participant, by: User) -> Iterator[None]:
    """Around the end of a registration: a trigger deletes their seats, which then go to the waiting lists."""
    lock_sessions([participant.edition_id])
    with acting(by):
        yield
        fill_free_seats([participant.edition_id])


@transaction.atomic
def move_to_city(*, participant: Participant, delegation: Delegation, by: User) -> bool:
    """Move somebody registered, pending or waiting to another delegation of the edition, and tell them.

    Return whether anything changed. Raises DelegationFullError if its quota is used up and the person is registered,
    ProgrammeError for a delegation of another edition.
    """
    if delegation.edition_id != participant.edition_id:
        raise ProgrammeError(
            _("%(city)s does not take part in that edition.") % {"city": delegation}, code="city_not_in_edition"
        )
    locked = lock_participant(participant, delegation)
    with serving_waiting_lists([locked.delegation_id], by=by):
        if locked.is_waiting:
            is_moved = move_waiting(locked, delegation, by)
        elif is_moved := move_locked(locked, delegation, by):
            emails.queue_to_participant("moved", locked)
    participant.refresh_from_db()
    return is_moved


def move_locked(participant: Participant, delegation: Delegation, by: User) -> bool:
    """Move somebody who is locked with both delegations of their edition, and tell nobody. Return and raise as `move_to_city`.

    An open offer of their place is revoked: the place stays with nobody.
    """
    if participant.delegation_id == delegation.pk or participant.state not in {State.REGISTERED, State.PENDING}:
        return False
    if participant.is_registered:
        check_quota(delegation)
    participant.delegation, participant.is_coordinator, participant.waiting_number = delegation, False, None
    with acting(by):
        participant.save()
        participant.offers.unused().update(revoked_at=timezone.now())
    return True


def _make_coordinator_by(invitation: Invitation, participant: Participant, by: User) -> None:
    """Make a registered participant coordinator by an invitation, unless the delegation has one."""
    delegation = participant.delegation
    if not (makes_coordinator(invitation, delegation) and is_usable(invitation, delegation, by)):
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
