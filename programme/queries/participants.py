"""Reads of participants."""

from django.contrib.auth.models import AnonymousUser

from programme.models import Participant
from udtacademy.accounts.models import User


def takes_part(visitor: User | AnonymousUser, edition: int) -> bool:
    """Return whether the visitor is a participant of the edition (its primary key), in whatever state."""
    return isinstance(visitor, User) and Participant.objects.filter(user=visitor, edition=edition).exists()
