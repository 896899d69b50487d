"""Hand over, share and give up the role of a city's coordinator. A city may have several."""

from django.db import transaction
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_participant
from programme.errors import ProgrammeError
from programme.models import Participant
from programme.queries.participants import other_coordinators
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def hand_over(*, participant: Participant, by: User) -> bool:
    """Make somebody registered coordinator instead of the actor, if the actor coordinates their delegation.

    Otherwise, as for organisers, instead of everybody who does. Return whether anything changed.
    """
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    check_can_coordinate(locked)
    with acting(by):
        coordinators = list(locked.delegation.participants.with_people().filter(is_coordinator=True))
        for before in [it for it in coordinators if it.user_id == by.pk] or coordinators:
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
def name_deputy(*, participant: Participant, by: User) -> bool:
    """Make somebody registered coordinator beside those who are. Return whether anything changed."""
    locked = lock_participant(participant)
    if locked.is_coordinator:
        return False
    check_can_coordinate(locked)
    with acting(by):
        locked.is_coordinator = True
        locked.save(update_fields=["is_coordinator"])
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
        raise ProgrammeError(_("You are the only coordinator. Make a colleague coordinator instead of you."))
    with acting(by):
        locked.is_coordinator = False
        locked.save(update_fields=["is_coordinator"])
    participant.refresh_from_db()
    return True


def check_can_coordinate(participant: Participant) -> None:
    """Raise ProgrammeError for somebody who is not registered."""
    if not participant.is_registered:
        raise ProgrammeError(_("%(name)s is not registered, so they cannot be coordinator.") % {"name": participant})
