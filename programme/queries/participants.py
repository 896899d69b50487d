"""Who takes part in an edition."""

from django.contrib.auth.models import AnonymousUser

from programme.models import Edition, Participant
from udtacademy.accounts.models import User


def takes_part(visitor: User | AnonymousUser, edition: Edition) -> bool:
    """Return whether the visitor has a page of their own in the edition."""
    return isinstance(visitor, User) and Participant.objects.filter(user=visitor, edition=edition).exists()
