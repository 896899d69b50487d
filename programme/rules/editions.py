"""Slugs of editions, and which edition is the current one."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from programme.rules.local_times import local_day

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"


# The fixed first segments of our URLs (docs/developers.md): an edition with such a slug could not be reached.
RESERVED_SLUGS = frozenset(
    {
        *("accessibility", "accounts", "admin", "api", "calendar", "certificates", "check-in", "csp-report"),
        *(
            "editions",
            "favicon",
            "healthz",
            "invitations",
            "join",
            "kiosk",
            "legal",
            "me",
            "media",
            "metrics",
            "portal",
        ),
        *("privacy", "readyz", "robots", "sitemap", "speaker", "static", "styleguide", "webhooks"),
    }
)


LONGEST_TOLERANCE = 120  # minutes


class HasDates(Protocol):
    first_on: dt.date
    last_on: dt.date

    @property
    def zone(self) -> ZoneInfo: ...


E = TypeVar("E", bound=HasDates)


@dataclass(frozen=True)
class Dates:
    """When an edition is: its first and its last day."""

    first_on: dt.date
    last_on: dt.date


def dates_of(edition: HasDates, days: Iterable[dt.date | None]) -> Dates:
    """Return when an edition is: from the first to the last of its sessions' days, or as in its settings if none is known."""
    known = [day for day in days if day]
    return Dates(min(known, default=edition.first_on), max(known, default=edition.last_on))


class Phase(enum.StrEnum):
    """Where an edition stands: still prepared, published and running or to come, or over."""

    PREPARED = "prepared"
    ON = "on"
    OVER = "over"


def current_edition(editions: Iterable[E], now: dt.datetime) -> E | None:
    """Return the edition that runs today (of several the latest to start), or the next one, or None.

    Today is the day in the edition's zone.
    """
    alive = [edition for edition in editions if edition.last_on >= local_day(now, edition.zone)]
    running = [edition for edition in alive if edition.first_on <= local_day(now, edition.zone)]
    if running:
        return max(running, key=lambda edition: edition.first_on)
    return min(alive, key=lambda edition: edition.first_on, default=None)
