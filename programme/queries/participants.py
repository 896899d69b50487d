"""Reads of participants."""

from functools import cache

from django.contrib.auth.models import AnonymousUser

from programme.models import Participant
from programme.models.participant import ParticipantQuerySet
from udtacademy.accounts.models import User


def takes_part(visitor: User | AnonymousUser, edition: int) -> bool:
    """Return whether the visitor is a participant of the edition (its primary key), in whatever state."""
    return isinstance(visitor, User) and Participant.objects.filter(user=visitor, edition=edition).exists()


@cache
def calendar_owners() -> ParticipantQuerySet:
    """Return everybody, with the columns that a private calendar depends on, and `held_in`. Built once, as building takes long."""
    return Participant.objects.select_related("edition").only("state", "state_at", "edition__slug").with_held_seats()
