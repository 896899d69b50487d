"""Reads of editions."""

import datetime as dt

from django.utils import timezone

from programme.models import Edition
from programme.models.edition_queryset import EditionQuerySet
from udtacademy.accounts.email_kinds import Site
from udtacademy.accounts.models import Visitor


def current_site() -> Site:
    """Return the current edition's time zone and its organisers' address; empty where none is current."""
    edition = Edition.objects.only("first_on", "last_on", "time_zone", "contact_email").current(timezone.now())
    return Site(edition.time_zone, edition.contact_email) if edition else Site()


def editions_to_choose(visitor: Visitor) -> EditionQuerySet:
    """Return the editions that a member of staff works in, the latest first."""
    return Edition.objects.open_to(visitor).latest_first()


def remembered_edition(visitor: Visitor, slug: str, now: dt.datetime) -> Edition | None:
    """Return the edition with this slug; else the one that runs or comes next, or the latest: one the visitor works in."""
    editions = Edition.objects.open_to(visitor)
    remembered = editions.filter(slug=slug).first() if slug else None
    return remembered or editions.current(now) or editions.latest_first().first()
