"""Reads of venues."""

from collections.abc import Collection

from django.db.models import Q

from programme.models import Session, Venue


def editions_at(venues: Collection[Venue]) -> set[int]:
    """Return primary keys of editions with a session at one of the venues or in one of its rooms."""
    there = Q(room__venue__in=venues) | Q(edition__venue__in=venues)
    return set(Session.objects.filter(there).values_list("edition", flat=True))
