"""Reads of editions."""

import datetime as dt

from django.utils import timezone

from programme.models import Edition
from programme.models.edition_queryset import EditionQuerySet


def current_zone() -> str:
    """Return the name of the current edition's time zone; empty where none is current."""
    edition = Edition.objects.current(timezone.now())
    return edition.time_zone if edition else ""


def editions_to_choose() -> EditionQuerySet:
    """Return all editions, the latest first."""
    return Edition.objects.latest_first()


def remembered_edition(slug: str, now: dt.datetime) -> Edition | None:
    """Return the edition with this slug; else the one that runs or comes next, or the latest."""
    remembered = Edition.objects.filter(slug=slug).first() if slug else None
    return remembered or Edition.objects.current(now) or Edition.objects.latest_first().first()
