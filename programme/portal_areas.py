"""Areas of the portal: the tabs of a participant's pages.

An application adds areas with `add_portal_area` in its `AppConfig.ready`. A page says which area it belongs to by
`{% portal_tabs "<name>" %}`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from programme.models import Edition


@dataclass(frozen=True)
class PortalArea:
    """A tab. `url_name`: of its page, which takes the edition's slug.

    `is_for_all`: also people who are not registered have it; `stays_in_sight`: where the tabs do not fit, as on a phone;
    `is_offered`: whether an edition has it, asked for each page; None: always.
    """

    name: str
    label: Any
    url_name: str
    is_for_all: bool = False
    stays_in_sight: bool = False
    is_offered: "Callable[[Edition], bool] | None" = None


@dataclass(frozen=True)
class PortalTab:
    area: PortalArea
    url: str
    is_current: bool


def has_action_plans(edition: Edition) -> bool:
    """Return whether cities write Action Plans in an edition. No query for one that comes with its published programme."""
    return bool(edition.steps.all())


PORTAL_AREAS = [
    PortalArea("next", _("Next"), "programme:portal", is_for_all=True),
    PortalArea("programme", _("Programme"), "programme:own-programme"),
    PortalArea("tracks", _("Tracks"), "programme:tracks"),
    PortalArea("plan", _("Action Plan"), "programme:action-plan", is_offered=has_action_plans),
    PortalArea("calendar", _("Calendar"), "programme:own-calendar"),
    PortalArea("team", _("Team"), "programme:team"),
    PortalArea("me", _("Me"), "programme:profile", is_for_all=True),
]


def add_portal_area(area: PortalArea, *, after: str) -> None:
    """Add an area behind another one, given by its name."""
    names = [it.name for it in PORTAL_AREAS]
    PORTAL_AREAS.insert(names.index(after) + 1, area)


def tabs_of(edition: Edition, current: str, *, is_registered: bool) -> Iterator[PortalTab]:
    """Yield the tabs of a person in an edition. `current`: the name of the area that the page belongs to."""
    for area in PORTAL_AREAS:
        if (is_registered or area.is_for_all) and (area.is_offered is None or area.is_offered(edition)):
            yield PortalTab(area, path_of(area.url_name, edition.slug), area.name == current)


@lru_cache(maxsize=1024)
def path_of(url_name: str, edition_slug: str) -> str:
    """Return a path of the edition, which is the same for everybody."""
    return reverse(url_name, args=[edition_slug])
