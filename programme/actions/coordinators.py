"""Hand over, share and give up the role of a city's coordinator. A city may have several.

Each action locks the delegation first, and only then reads who coordinates it.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_participant
from programme.errors import ProgrammeError
from programme.models import Delegation, Participant
from programme.queries.participants import other_coordinators
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def hand_over(*, participant: Participant, by: User) -> bool:
    """Make somebody registered coordinator instead of the actor, who coordinates their delegation. Other coordinators stay.

    Return whether anything changed. Raises ProgrammeError if the actor no longer coordinates it.
    """
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    check_can_coordinate(locked)
    actor = coordinator_of(locked.delegation, by)
    with acting(by):
        give_role(actor, is_coordinator=False)
        give_role(locked, is_coordinator=True)
    emails.queue_to_participant("made_coordinator", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def replace_coordinators(*, participant: Participant, by: User) -> bool:
    """Make somebody registered the only coordinator of their delegation, as the organiser. Return whether anything changed.

    Those who were coordinators are told, but for the actor.
    """
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    check_can_coordinate(locked)
    with acting(by):
        for coordinator in list(locked.delegation.participants.with_people().filter(is_coordinator=True)):
            give_role(coordinator, is_coordinator=False)
            if coordinator.user_id != by.pk:
                emails.queue_to_participant("no_longer_coordinator", coordinator, successor=locked)
        give_role(locked, is_coordinator=True)
    emails.queue_to_participant("made_coordinator", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def add_coordinator(*, participant: Participant, by: User) -> bool:
    """Make somebody registered coordinator beside those who are. Return whether anything changed.

    Raises ProgrammeError if the actor is neither an organiser nor any longer a coordinator of their delegation.
    """
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    check_can_coordinate(locked)
    check_acts_for(locked.delegation, by)
    with acting(by):
        give_role(locked, is_coordinator=True)
    emails.queue_to_participant("made_coordinator", locked)
    participant.refresh_from_db()
    return True


@transaction.atomic
def step_down(*, participant: Participant, by: User) -> bool:
    """End one's own role as coordinator. Return whether anything changed.

    Raises ProgrammeError for the only coordinator.
    """
    locked = lock_participant(participant)
    if not locked.is_coordinator:
        return False
    if not other_coordinators(locked).exists():
        raise ProgrammeError(
            _("You are the only coordinator. Make a colleague coordinator instead of you."), code="only_coordinator"
        )
    with acting(by):
        give_role(locked, is_coordinator=False)
    participant.refresh_from_db()
    return True


def give_role(participant: Participant, *, is_coordinator: bool) -> None:
    participant.is_coordinator = is_coordinator
    participant.save(update_fields=["is_coordinator"])


def coordinator_of(delegation: Delegation, user: User) -> Participant:
    """Return the user's participant, who coordinates the delegation, which is locked. Raises ProgrammeError."""
    coordinator = delegation.participants.coordinating().filter(user=user).first()
    if coordinator is None:
        raise ProgrammeError(
            _("You are no longer a coordinator of %(city)s.") % {"city": delegation}, code="not_coordinator"
        )
    return coordinator


def check_acts_for(delegation: Delegation, user: User) -> None:
    """Raise ProgrammeError unless the user is an organiser, or coordinates the delegation, which is locked."""
    if not user.is_staff:
        coordinator_of(delegation, user)


def check_can_coordinate(participant: Participant) -> None:
    """Raise ProgrammeError for somebody who is not registered."""
    if not participant.is_registered:
        raise ProgrammeError(
            _("%(name)s is not registered, so they cannot be coordinator.") % {"name": participant},
            code="not_registered",
        )
