"""Who meets at a venue."""

from collections.abc import Collection

from django.db.models import Q

from programme.models import Session, Venue


def editions_at(venues: Collection[Venue]) -> set[int]:
    """The numbers of the editions that meet at one of the venues, or have a session in a room of it."""
    there = Q(room__venue__in=venues) | Q(edition__venue__in=venues)
    return set(Session.objects.filter(there).values_list("edition", flat=True))
