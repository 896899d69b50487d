"""Ways into a delegation: inviting the coordinator, colleagues by address, a link to forward; revoking; using them.

An invitation is for one delegation. What is made again replaces what was open before, so that one link at a time leads
in for each address, and one to forward.
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
from programme.models import Delegation, Invitation, Participant
from programme.models.delegation import expiry
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

MOST_IN_A_DAY = 100  # of one delegation


@dataclass(frozen=True)
class Invitee:
    """Somebody to invite: an address in small letters, and the name that stood beside it, if any."""

    email: str
    name: str = ""


@transaction.atomic
def invite_coordinators(*, delegations: Iterable[Delegation], by: User) -> list[Invitation]:
    """Invite the address each delegation names as its coordinator's; those without one, or with a coordinator, are left out."""
    return [
        _invite(delegation, Invitee(delegation.coordinator_email), by, is_for_coordinator=True)
        for delegation in lock_delegations(delegations)
        if delegation.coordinator_email and not delegation.coordinator()
    ]


@transaction.atomic
def invite_people(*, delegation: Delegation, people: Iterable[Invitee], by: User) -> list[tuple[Invitee, str]]:
    """Invite each of the people by e-mail, once. What became of each: a sentence, in the order given.

    Who is in the team already is not invited. About people of other cities nothing is said: they are invited, too, and
    their own page is where the link leads. Raises ProgrammeError after too many in one day.
    """
    people = list(people)
    (delegation,) = lock_delegations([delegation])
    since = timezone.now() - dt.timedelta(days=1)
    if delegation.invitations.filter(created_at__gt=since).count() + len(people) > MOST_IN_A_DAY:
        raise ProgrammeError(_("At most %s invitations a day leave from one city.") % MOST_IN_A_DAY)
    known = {
        participant.user.email: participant
        for participant in Participant.objects.with_people().filter(
            delegation=delegation, user__email__in=[person.email for person in people]
        )
    }
    outcomes = []
    for person in people:
        participant = known.get(person.email)
        if participant and participant.is_registered:
            outcomes.append((person, str(participant.get_state_display())))
        else:
            _invite(delegation, person, by)
            outcomes.append((person, _("invited")))
    return outcomes


@transaction.atomic
def make_link(*, delegation: Delegation, by: User) -> Invitation:
    """A link for the colleagues, also sent to whoever made it; the link before leads nowhere from now on.

    The link is `link_of` the invitation, now and never again.
    """
    (delegation,) = lock_delegations([delegation])
    invitation = _make(delegation, Invitee(""), by)
    emails.queue(
        "link_to_forward",
        to=by.email,
        user=by,
        edition=delegation.edition,
        is_sensitive=True,
        invitation=invitation,
        link=link_of(invitation),
    )
    return invitation


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> bool:
    """Its link leads nowhere from now on. Whether there was something to revoke."""
    with acting(by):
        return bool(Invitation.objects.unused().filter(pk=invitation.pk).update(revoked_at=timezone.now()))


def usable(invitation: Invitation | None, *, user: User, now: dt.datetime) -> Invitation | None:
    """The invitation if it lets this user in now, else None."""
    if invitation is None or not invitation.is_open(now) or not invitation.is_for(user):
        return None
    return invitation


def link_of(invitation: Invitation) -> str:
    """The address to open. Only for an invitation that was just made: afterwards nobody knows it."""
    return absolute(f"/invitations/{invitation.token}/")


def _invite(delegation: Delegation, person: Invitee, by: User, *, is_for_coordinator: bool = False) -> Invitation:
    """Invite by e-mail. The second click is the first one: within a minute nothing new is made or sent."""
    since = timezone.now() - dt.timedelta(minutes=1)
    same = delegation.invitations.unused().of_mailbox(person.email).filter(is_for_coordinator=is_for_coordinator)
    if just_made := same.filter(created_at__gt=since).first():
        return just_made
    invitation = _make(delegation, person, by, is_for_coordinator=is_for_coordinator)
    emails.queue(
        "coordinator_invited" if is_for_coordinator else "colleague_invited",
        to=person.email,
        edition=delegation.edition,
        is_sensitive=True,
        invitation=invitation,
        by=by,
        link=link_of(invitation),
    )
    return invitation


def _make(delegation: Delegation, person: Invitee, by: User, *, is_for_coordinator: bool = False) -> Invitation:
    now = timezone.now()
    edition = delegation.edition
    if not edition.is_published or edition.registration_opens_at is None:
        raise ProgrammeError(_("First publish the edition and say when registration opens: the link leads there."))
    expires_at = expiry(now, edition)
    if expires_at <= now:
        raise ProgrammeError(_("Registration is closed; nobody can be invited any more."))
    with acting(by):
        delegation.invitations.unused().of_mailbox(person.email).update(revoked_at=now)
        invitation = Invitation(
            delegation=delegation,
            email=person.email,
            name=person.name,
            is_for_coordinator=is_for_coordinator,
            invited_by=by,
            created_at=now,
            expires_at=expires_at,
        )
        invitation.renew_token()
        invitation.save()
    return invitation
