"""Reads of venues."""

from collections.abc import Collection

from django.db.models import Q

from programme.models import Edition, Session, Venue
from programme.models.edition_queryset import EditionQuerySet
from udtacademy.accounts.models import User


def editions_at(venues: Collection[Venue]) -> set[int]:
    """Return primary keys of editions with a session at one of the venues or in one of its rooms."""
    there = Q(room__venue__in=venues) | Q(edition__venue__in=venues)
    return set(Session.objects.filter(there).values_list("edition", flat=True))


def other_editions_at(venue: int | None, slug: str) -> EditionQuerySet:
    """Return the editions at a venue (its primary key), except the one with this slug."""
    return Edition.objects.filter(venue=venue).exclude(slug=slug).latest_first()


def is_venue_open_to(user: User, venue: Venue) -> bool:
    """Return whether a member of staff works in all editions that a venue or its rooms belong to."""
    there = Edition.objects.filter(Q(venue=venue) | Q(pk__in=editions_at([venue])))
    return not there.exclude(pk__in=Edition.objects.open_to(user).values("pk")).exists()
