"""Remind people of invitations they have not used: once by itself after a week, by hand at any time."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme import emails
from programme.actions.invitations import last_like, link_of
from programme.actions.locks import lock_delegations
from programme.errors import ProgrammeError
from programme.formats import from_minute
from programme.models import Delegation, Invitation, InvitationEmail
from programme.queries.invitations import delegations_with_due, due, facts_of, with_facts
from programme.rules.invitations import PAUSE, Obstacle, obstacle
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

OBSTACLES: dict[Obstacle, tuple[str, Any]] = {  # the code and the sentence of the refusal
    Obstacle.IS_LINK: (
        "link_to_forward",
        gettext_lazy("A link to forward belongs to nobody, so nobody can be reminded of it."),
    ),
    Obstacle.USED: ("invitation_used", gettext_lazy("The invitation has been used.")),
    Obstacle.REVOKED: ("invitation_revoked", gettext_lazy("The invitation has been revoked.")),
    Obstacle.EXPIRED: ("invitation_expired", gettext_lazy("The invitation has expired. Send a new one.")),
    Obstacle.IN_TEAM: ("already_registered", gettext_lazy("This person is registered in the team.")),
    Obstacle.WAITING: (
        "on_waiting_list",
        gettext_lazy("This person is on the waiting list of the city already."),
    ),
    Obstacle.HAS_COORDINATOR: ("coordinator_exists", gettext_lazy("The city has a coordinator now.")),
    Obstacle.NOT_OPEN: (
        "registration_not_open",
        gettext_lazy("Registration is not open, so the invitation cannot be used now."),
    ),
    Obstacle.QUEUED: ("email_queued", gettext_lazy("The email before has not been sent yet.")),
    Obstacle.JUST_EMAILED: (
        "just_emailed",
        gettext_lazy("This person was emailed less than an hour ago. You can remind them from %(time)s."),
    ),
}


def send_due_reminders() -> int:
    """Remind the people who are to be reminded by itself, city by city, each with a commit of their own. Return how many.

    Not at night where the edition is: who registers until the morning is not reminded. Raises an ExceptionGroup of what failed, once all cities had their turn.
    """
    n_sent, errors = 0, []
    now = timezone.now()
    for delegation in delegations_with_due(now):
        if delegation.edition.quiet_hours.is_quiet(now, delegation.edition.zone):
            continue
        try:
            n_sent += remind_city(delegation)
        except Exception as error:
            logger.exception("Reminders of invitations of delegation %s failed", delegation.pk)
            errors.append(error)
    if errors:
        msg = "Some people could not be reminded of their invitation"
        raise ExceptionGroup(msg, errors)
    return n_sent


@transaction.atomic
def remind_city(delegation: Delegation) -> int:
    """Remind the people of one city who are due. Return how many. They are read again under the lock."""
    lock_delegations([delegation])
    people = due(delegation.invitations.all(), timezone.now())
    for invitation in people:
        _remind(invitation, by=None)
    return len(people)


@transaction.atomic
def remind(*, invitation: Invitation, by: User) -> bool:
    """Remind the person of an invitation by hand. Return whether that could be done (`reason_against`)."""
    lock_delegations([invitation.delegation])
    locked = with_facts(Invitation.objects.filter(pk=invitation.pk), timezone.now()).first()
    if locked is None or reason_against(locked):
        return False
    _remind(locked, by=by)
    return True


@transaction.atomic
def compose_reminder(*, invitation: Invitation, by: User) -> Message:
    """Return a reminder by hand of an invitation, or of the one that replaced it. The message is not saved.

    Raises ProgrammeError if the person cannot be reminded now.
    """
    lock_delegations([invitation.delegation])
    current = last_like(invitation)
    check_can_be_reminded(current)
    return _written(current, by=by)


def check_can_be_reminded(invitation: Invitation) -> None:
    """Raise ProgrammeError with the reason if the person cannot be reminded now."""
    row = with_facts(Invitation.objects.filter(pk=invitation.pk), timezone.now()).first()
    if row is None:
        raise ProgrammeError(_("The invitation has been deleted."), code="invitation_deleted")
    if refusal := refusal_of(row):
        raise refusal


def reason_against(invitation: Invitation) -> str:
    """Return why the person cannot be reminded now, as a sentence; empty if they can. Read it by `with_facts`."""
    refusal = refusal_of(invitation)
    return str(refusal) if refusal else ""


def refusal_of(invitation: Invitation) -> ProgrammeError | None:
    """Return the error for reminding the person now; None if they can be reminded."""
    now = timezone.now()
    facts = facts_of(invitation, now)
    reason = obstacle(facts, now)
    if reason is None:
        return None
    code, text = OBSTACLES[reason]
    again_at = from_minute(facts.emailed_at + PAUSE, invitation.delegation.edition.zone)
    return ProgrammeError(text % {"time": again_at}, code=code)


def _remind(invitation: Invitation, *, by: User | None) -> None:
    post([_written(invitation, by=by)], by=by)


def _written(invitation: Invitation, *, by: User | None) -> Message:
    """Compose a reminder with a link of its own; `by`: who reminds by hand. Not saved."""
    email = InvitationEmail(invitation=invitation, is_reminder=True, is_by_hand=by is not None, written_by=by)
    email.make_token()
    message = emails.written(
        "invitation_reminder",
        to=invitation.email,
        edition=invitation.delegation.edition,
        is_sensitive=True,
        expires_at=invitation.expires_at,
        invitation=invitation,
        by=invitation.invited_by,
        link=link_of(email),
    )
    message.records = [email]
    return message
