"""Invite coordinators and colleagues to a delegation by email, make links to forward, and revoke invitations.

A new invitation revokes the open one for the same address; so does a new link to forward.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_delegations
from programme.calendars.files import absolute
from programme.errors import ProgrammeError
from programme.models import Delegation, Edition, Invitation, InvitationEmail, Participant
from programme.models.delegation import expiry
from udtacademy.accounts.models import User
from udtacademy.db.addresses import normalised_address
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

MOST_IN_A_DAY = 100  # by one delegation


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite: an address in lower case, and the name given with it, if any."""

    email: str
    name: str = ""


@transaction.atomic
def invite_coordinators(*, delegations: Iterable[Delegation], by: User) -> list[Invitation]:
    """Invite each delegation's `coordinator_email`, leaving out delegations without one or with a coordinator."""
    return [
        invite(
            delegation,
            Invitee(delegation.coordinator_email, delegation.coordinator_name),
            by,
            is_for_coordinator=True,
        )
        for delegation in lock_delegations(delegations)
        if delegation.coordinator_email and not delegation.coordinator()
    ]


@transaction.atomic
def invite_people(*, delegation: Delegation, people: Iterable[Invitee], by: User) -> list[tuple[Invitee, str]]:
    """Invite people by email. Return each with the outcome as a sentence, in the order given.

    Those registered in the delegation, and those to whom a place in it is offered, are not invited. People of other cities are, so that the outcome does not reveal
    who they are; the link takes them to their own page. Raises ProgrammeError after MOST_IN_A_DAY.
    """
    people = list(people)
    (delegation,) = lock_delegations([delegation])
    check_daily_number(delegation, len(people))
    known = {
        participant.user.email: participant
        for participant in Participant.objects.with_people().filter(
            delegation=delegation, user__email__in=[person.email for person in people]
        )
    }
    offers = delegation.invitations.open(timezone.now()).filter(replaces__isnull=False).select_related("replaces__user")
    places = {normalised_address(it.email): it.place for it in offers}
    outcomes = []
    for person in people:
        participant = known.get(person.email)
        if participant and participant.is_registered:
            outcomes.append((person, str(participant.get_state_display())))
        elif place := places.get(normalised_address(person.email)):
            outcomes.append((person, _("is offered the place of %(name)s") % {"name": place}))
        else:
            invite(delegation, person, by)
            outcomes.append((person, _("invited")))
    return outcomes


@transaction.atomic
def make_link(*, delegation: Delegation, by: User) -> Invitation:
    """Make a link to forward to colleagues, email it to the actor, and revoke the previous one.

    `link_of` the returned invitation is the link; it cannot be read later.
    """
    (delegation,) = lock_delegations([delegation])
    invitation = _make(delegation, Invitee(""), by)
    post([_written_link(invitation, by)])
    return invitation


@transaction.atomic
def compose_link(*, delegation: Delegation, to: User) -> Message:
    """Make a link to forward as a coordinator would, and return the email with it to them. The message is not saved."""
    (delegation,) = lock_delegations([delegation])
    return _written_link(_make(delegation, Invitee(""), to), to)


@transaction.atomic
def compose_again(*, invitation: Invitation, by: User) -> Message:
    """Invite the address of an invitation again, and return the email with the new link. The message is not saved.

    Raises ProgrammeError if the invitation, or the one that replaced it, was used or revoked, if they take part by now, if the
    place they were offered is not there any more, or if somebody else is to coordinate.
    """
    (delegation,) = lock_delegations([invitation.delegation])
    invitation = last_like(invitation)
    if invitation.accepted_at:
        raise ProgrammeError(_("The invitation has been used."), code="invitation_used")
    if invitation.revoked_at:
        raise ProgrammeError(_("The invitation has been revoked."), code="invitation_revoked")
    check_still_wanted(invitation, delegation)
    person = Invitee(invitation.email, invitation.name)
    made = _make(delegation, person, by, is_for_coordinator=invitation.is_for_coordinator, replaces=invitation.replaces)
    return _written(made, by)


def last_like(invitation: Invitation) -> Invitation:
    """Return the last invitation of the same address to the same city, for the same role and place: this one, or what replaced it."""
    same = Invitation.objects.filter(
        delegation=invitation.delegation_id,
        is_for_coordinator=invitation.is_for_coordinator,
        replaces=invitation.replaces_id,
    )
    same = same.of_mailbox(invitation.email).select_related("delegation", "replaces__user")
    return same.order_by("-created_at", "-pk").first() or invitation


def check_still_wanted(invitation: Invitation, delegation: Delegation) -> None:
    """Raise ProgrammeError unless the city, which is locked, can still use the person whom an unused invitation is for.

    Nobody else is offered the same place meanwhile: the database allows one unused offer of it.
    """
    place, email = invitation.replaces, normalised_address(invitation.email)
    if place and not (place.is_registered and place.delegation_id == delegation.pk):
        raise ProgrammeError(
            _("%(name)s is not registered in %(city)s, so there is no place to take over.")
            % {"name": place, "city": delegation},
            code="not_registered",
        )
    takes_role = place is not None and place.is_coordinator
    if invitation.is_for_coordinator and not takes_role and delegation.coordinator():
        raise ProgrammeError(_("%(city)s has a coordinator by now.") % {"city": delegation}, code="coordinator_exists")
    if invitation.is_for_coordinator and not place:
        if normalised_address(delegation.coordinator_email) != email:
            raise ProgrammeError(
                _("Another address is entered for the coordinator of %(city)s.") % {"city": delegation},
                code="other_coordinator",
            )
    elif delegation.participants.registered().filter(user__email=email).exists():
        raise ProgrammeError(_("They are registered by now."), code="already_registered")


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> bool:
    """Revoke an unused invitation. Return whether there was one."""
    with acting(by):
        return bool(Invitation.objects.unused().filter(pk=invitation.pk).update(revoked_at=timezone.now()))


def check_daily_number(delegation: Delegation, n: int) -> None:
    """Raise ProgrammeError if `n` more invitations would exceed the daily limit of a delegation, which is locked."""
    since = timezone.now() - dt.timedelta(days=1)
    if delegation.invitations.filter(created_at__gt=since).count() + n > MOST_IN_A_DAY:
        raise ProgrammeError(
            _("A city can send at most %(n)s invitations in 24 hours. Try again later.") % {"n": MOST_IN_A_DAY},
            code="too_many_invitations",
        )


def check_can_invite(edition: Edition, now: dt.datetime) -> None:
    """Raise ProgrammeError if nobody can be invited to the edition now."""
    if not edition.is_published or edition.registration_opens_at is None:
        raise ProgrammeError(
            _("Nobody can be invited yet: the edition is not published, or it is not set when registration opens."),
            code="registration_not_planned",
        )
    if edition.is_over(now) or expiry(now, edition) <= now:
        raise ProgrammeError(_("Registration is closed, so nobody can be invited."), code="registration_closed")


def usable(invitation: Invitation | None, *, user: User, now: dt.datetime) -> Invitation | None:
    """Return the invitation if this user can use it now, otherwise None."""
    if invitation is None or not invitation.is_open(now) or not invitation.is_for(user):
        return None
    return invitation


def note_opening(invitation: Invitation) -> None:
    """Record when the button on an invitation's page was first pressed.

    Not when the page is read: mail scanners read pages, and run their scripts.
    """
    Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=timezone.now())


def link_of(invitation: Invitation | InvitationEmail) -> str:
    """Return the link of an invitation, or of a reminder of it, made in this request; its token is not stored."""
    return absolute(f"/invitations/{invitation.token}/")


def invite(
    delegation: Delegation,
    person: Invitee,
    by: User,
    *,
    is_for_coordinator: bool = False,
    replaces: Participant | None = None,
) -> Invitation:
    """Invite by email to a locked delegation. Within a minute of the same invitation return that one, so that a second click
    does nothing.

    `replaces`: whose place the person takes over by registering. Raises ProgrammeError if nobody can be invited now.
    """
    since = timezone.now() - dt.timedelta(minutes=1)
    same = delegation.invitations.unused().filter(is_for_coordinator=is_for_coordinator, replaces=replaces)
    same = same.of_mailbox(person.email)
    if just_made := same.filter(created_at__gt=since).first():
        return just_made
    invitation = _make(delegation, person, by, is_for_coordinator=is_for_coordinator, replaces=replaces)
    post([_written(invitation, by)])
    return invitation


def _written(invitation: Invitation, by: User) -> Message:
    """Compose the email that invites by address. Not saved."""
    message = emails.written(
        "coordinator_invited" if invitation.is_for_coordinator else "colleague_invited",
        to=invitation.email,
        edition=invitation.delegation.edition,
        is_sensitive=True,
        invitation=invitation,
        by=by,
        link=link_of(invitation),
    )
    message.records = [InvitationEmail(invitation=invitation, written_by=by)]
    return message


def _written_link(invitation: Invitation, to: User) -> Message:
    """Compose the email with a link to forward. Not saved."""
    return emails.written(
        "link_to_forward",
        to=to.email,
        user=to,
        edition=invitation.delegation.edition,
        is_sensitive=True,
        invitation=invitation,
        link=link_of(invitation),
    )


def _make(
    delegation: Delegation,
    person: Invitee,
    by: User,
    *,
    is_for_coordinator: bool = False,
    replaces: Participant | None = None,
) -> Invitation:
    now = timezone.now()
    check_can_invite(delegation.edition, now)
    expires_at = expiry(now, delegation.edition)
    with acting(by):
        delegation.invitations.unused().of_mailbox(person.email).update(revoked_at=now)
        invitation = Invitation(
            delegation=delegation,
            email=person.email,
            name=person.name,
            is_for_coordinator=is_for_coordinator,
            replaces=replaces,
            invited_by=by,
            created_at=now,
            expires_at=expires_at,
        )
        invitation.renew_token()
        invitation.save()
    return invitation
