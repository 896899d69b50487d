"""Hand the place of somebody registered over to a colleague of the same city.

The predecessor is withdrawn, the successor registered in the same transaction, and what the predecessor holds or waits for
in sessions still to come moves to the successor. Evidence stays with whom it is about. Organisers register the successor
at once; coordinators offer the place by an invitation, and the predecessor keeps it until the successor registers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.additions import Newcomer, accounts_of
from programme.actions.city_waiting_lists import serving_waiting_lists
from programme.actions.invitations import Invitee, check_daily_number, invite
from programme.actions.locks import lock_delegations_for, lock_participant, lock_place, lock_sessions
from programme.actions.quotas import set_state
from programme.actions.registration_mails import tell_nobody, tell_of_state
from programme.errors import ProgrammeError
from programme.models import Delegation, Invitation, Participant, RegistrationDraft
from programme.queries.participants import leaves_a_team
from programme.queries.places import seats_to_hand_over
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

State = Participant.State


@transaction.atomic
def take_over(*, participant: Participant, email: str, name: str, by: User, takes_role: bool = False) -> Participant:
    """Register a colleague in somebody's place, as the organiser. Return the colleague.

    `email` is normalised; `takes_role`: the colleague becomes coordinator if the predecessor was. Both are told, unless the
    edition is not published. Raises ProgrammeError if the edition is over, the place is not there any more, or the colleague
    cannot take it.
    """
    delegations = lock_delegations_for(participant, email)
    delegation = delegations[participant.delegation_id]
    newcomer = Newcomer(delegation, email, name)
    place, successor = lock_place(participant, email, lambda: accounts_of([newcomer])[email], delegations)
    check_place(place)
    check_successor(place, successor)
    lock_sessions([delegation.edition_id])
    successor.delegation, successor.edition = delegation, delegation.edition
    is_coordinator = takes_role and place.is_coordinator
    with serving_waiting_lists([delegation.pk], by=by), acting(by):
        with taking_place(place, successor, by=by):
            successor.is_coordinator = is_coordinator
            set_state(successor, State.REGISTERED, by=by)
        RegistrationDraft.objects.filter(user=successor.user, edition=delegation.edition).delete()
    if delegation.edition.is_published:
        tell_of_state(successor, "registered")
    else:
        tell_nobody([successor])
    participant.refresh_from_db()
    return successor


@transaction.atomic
def offer_place(*, participant: Participant, invitee: Invitee, by: User, takes_role: bool = False) -> Invitation:
    """Invite a colleague to take over somebody's place, as the coordinator. Return the invitation.

    The predecessor keeps the place until the colleague registers, and is told. If nobody else coordinates then, the role goes
    along whatever `takes_role` says. Raises ProgrammeError as `take_over`, if nobody can be invited now, or if the place is
    offered to somebody else.
    """
    locked = lock_participant(participant)
    delegation, now = locked.delegation, timezone.now()
    check_place(locked)
    if locked.user_id == by.pk and not takes_role and leaves_a_team(locked):
        raise ProgrammeError(
            _("Make a colleague the coordinator first, or let your successor become the coordinator."),
            code="only_coordinator",
        )
    if delegation.participants.registered().filter(user__email=invitee.email).exists():
        raise ProgrammeError(
            _("%(email)s is registered in your team already.") % {"email": invitee.email}, code="already_registered"
        )
    check_daily_number(delegation, 1)
    with acting(by):
        open_offers = locked.offers.filter(revoked_at=None, accepted_at=None)
        open_offers.filter(expires_at__lte=now).update(revoked_at=now)
        if offered := open_offers.exclude(email=invitee.email).first():
            text = _("The place of %(name)s is offered to %(email)s. Cancel that invitation first.")
            raise ProgrammeError(text % {"name": locked, "email": offered.email}, code="place_offered")
        before = open_offers.first()
        takes_role = takes_role and locked.is_coordinator
        invitation = invite(delegation, invitee, by, is_for_coordinator=takes_role, replaces=locked)
    if invitation != before and locked.user_id != by.pk:
        emails.queue_to_participant("place_offered", locked, invitation=invitation, by=by)
    return invitation


def check_place(place: Participant) -> None:
    """Raise ProgrammeError unless this person has a place that somebody can take over."""
    if place.edition.is_over(timezone.now()):
        raise ProgrammeError(_("The edition is over, so places can no longer be taken over."), code="edition_over")
    if not place.is_registered:
        raise ProgrammeError(
            _("%(name)s is not registered, so there is no place to take over.") % {"name": place}, code="not_registered"
        )


def check_successor(place: Participant, successor: Participant) -> None:
    """Raise ProgrammeError unless somebody can take over the place: not who has a place, or left one in another city."""
    if successor.pk == place.pk:
        raise ProgrammeError(
            _("This is the address of %(name)s. Enter the address of the colleague.") % {"name": place},
            code="same_person",
        )
    if not successor.user.is_active:
        raise ProgrammeError(
            _("The account with the address %(email)s is disabled.") % {"email": successor.user.email},
            code="account_disabled",
        )
    if not successor.pk:
        return
    values = {"name": successor, "city": successor.delegation, "state": successor.get_state_display()}
    if successor.is_registered:
        raise ProgrammeError(
            _("%(name)s already takes part, in the team of %(city)s.") % values, code="already_taking_part"
        )
    is_elsewhere = successor.delegation_id != place.delegation_id
    if is_elsewhere and (successor.is_pending or successor.is_waiting or successor.handed_over_to_id):
        raise ProgrammeError(
            _("%(name)s is listed in the team of %(city)s (%(state)s).") % values, code="listed_elsewhere"
        )


def offered_place(invitation: Invitation | None, delegation: Delegation) -> Participant | None:
    """Return the participant, locked with the sessions, whose place in the delegation an invitation offers; None if it
    offers none, or somebody else has taken it over.
    """
    if invitation is None or invitation.replaces_id is None:
        return None
    people = Participant.objects.with_people().select_for_update(of=["self"], no_key=True)
    of_city = people.filter(delegation=delegation, pk=invitation.replaces_id)
    place = of_city.filter(Q(state=State.REGISTERED) | Q(state=State.WITHDRAWN, handed_over_to=None)).first()
    if place:
        lock_sessions([delegation.edition_id])
    return place


@contextmanager
def taking_place(place: Participant | None, successor: Participant, *, by: User | None) -> Iterator[None]:
    """Around the registration of a successor, whose delegation is set: withdraw the predecessor, then move the seats.

    The predecessor and the sessions are locked. Without a `place` nothing happens; somebody who has left it since it was
    offered stays as they are, and is only recorded as the predecessor. One leaves in the moment that the other comes:
    a registration that began at `took_over_at` began with the place (`Participant.predecessor`).
    """
    if place is None:
        yield
        return
    is_held, now = place.is_registered, timezone.now()
    if not successor.pk:
        save_before_registration(successor)
    place.handed_over_to, successor.handed_over_to, successor.took_over_at = successor, None, now
    if is_held:
        place.is_coordinator = False
        set_state(place, State.WITHDRAWN, by=by, at=now)
    else:
        place.save()
    yield
    if is_held:
        successor.state_at = now
        successor.save(update_fields=["state_at"])
    seats_to_hand_over(place, now).order_by().update(participant=successor)
    place.seats.all().delete()
    place.offers.filter(revoked_at=None, accepted_at=None).update(revoked_at=now)
    if is_held and place.edition.is_published:
        tell_of_state(place, "withdrawn")


def save_before_registration(successor: Participant) -> None:
    """Save somebody new as pending, so that the place can refer to them: the quota has room for one of the two."""
    takes_role, successor.is_coordinator = successor.is_coordinator, False
    successor.state = State.PENDING
    successor.save()
    successor.is_coordinator = takes_role
