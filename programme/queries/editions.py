"""Reads of editions."""

from django.utils import timezone

from programme.models import Edition


def current_zone() -> str:
    """Return the name of the current edition's time zone; empty where none is current."""
    edition = Edition.objects.current(timezone.now())
    return edition.time_zone if edition else ""
