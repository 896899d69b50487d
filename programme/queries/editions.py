"""Reads of editions."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from programme.models import Edition
from programme.models.edition_queryset import EditionQuerySet
from programme.queries.published_programme import published_programme
from programme.rules.editions import Dates, dates_of
from programme.rules.local_times import local_day
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


@dataclass(frozen=True)
class DatedEdition:
    """An edition with when it is, by its published sessions."""

    edition: Edition
    dates: Dates


def published_editions() -> list[DatedEdition]:
    """Return the published editions with their venues, the latest first. One query."""
    editions = Edition.objects.published().select_related("venue").with_session_days().latest_first()
    return [DatedEdition(it, dates_of(it, days_of(it))) for it in editions]


def days_of(edition: Edition) -> list[dt.date]:
    """Return the days of the published sessions in the edition's zone. Needs `with_session_days`."""
    return [*(local_day(start, edition.zone) for start in edition.session_starts), *edition.session_days]


def dates_of_edition(edition: Edition) -> Dates:
    """Return when an edition is, by its published sessions. One query, and two more after a change of the programme."""
    programme = published_programme(edition.slug)
    return dates_of(edition, [session.local_day for session in programme.sessions] if programme else [])
