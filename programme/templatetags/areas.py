"""The frame of the admin's pages: which edition, area and page one is on, and where one can go from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from programme.areas import AREAS, Area, AreaPage, all_pages, page_of_model
from programme.models import Edition
from programme.queries.editions import editions_to_choose, remembered_edition
from udtacademy.accounts.models import Visitor

register = template.Library()

REMEMBERED = "academy_edition"  # cookie with the slug of the edition that the admin showed last


@dataclass(frozen=True)
class Place:
    """Where a page of the admin is. `area`, `page`: None on pages of no area."""

    edition: Edition
    area: Area | None
    page: AreaPage | None
    visitor: Visitor

    @cached_property
    def areas(self) -> list[tuple[Area, str]]:
        """Return the areas that the visitor may see, with the URL of the first page of each."""
        seen = [(area, area.pages_for(self.visitor, self.edition)) for area in AREAS.values()]
        return [(area, pages[0].url(self.edition)) for area, pages in seen if pages]

    @property
    def pages(self) -> list[tuple[AreaPage, str]]:
        """Return the pages of this area, with their URLs."""
        pages = self.area.pages_for(self.visitor, self.edition) if self.area else []
        return [(page, page.url(self.edition)) for page in pages]

    @property
    def can_search(self) -> bool:
        return self.visitor.has_perm("programme.view_session")

    @property
    def page_url(self) -> str:
        return self.page.url(self.edition) if self.page else ""

    @cached_property
    def others(self) -> Sequence[tuple[Edition, str]]:
        """Return the other editions, the latest first, with the URL of this page there. One query."""
        page = self.page or AREAS["overview"].pages[0]
        return [(it, page.url(it)) for it in editions_to_choose(self.visitor) if it.pk != self.edition.pk]


@register.simple_tag(takes_context=True)
def edition_place(context: dict[str, Any]) -> Place | None:
    """Return where the page is: by its edition or object, else in the edition looked at last. None if there is none to see."""
    request = context.get("request")
    if request is None or not request.user.is_active or not request.user.is_staff:
        return None
    if request.path == reverse("admin:index"):
        return None  # where one chooses an edition
    obj = context.get("original") or context.get("object")
    edition = edition_of(context, obj) or remembered_edition(
        request.user, request.COOKIES.get(REMEMBERED, ""), timezone.now()
    )
    if edition is None:
        return None
    place = Place(edition, *here(request, edition, obj), request.user)
    return place if place.areas else None


def edition_of(context: dict[str, Any], obj: Any) -> Edition | None:
    for value in (context.get("edition"), obj):
        if isinstance(value, Edition):
            return value
    find = getattr(admin.site.get_model_admin(type(obj)), "edition_of", None) if is_registered(obj) else None
    edition: Edition | None = find(obj) if find else None
    return edition


def is_registered(obj: Any) -> bool:
    return isinstance(obj, Model) and admin.site.is_registered(type(obj))


def here(request: HttpRequest, edition: Edition, obj: Any) -> tuple[Area | None, AreaPage | None]:
    """Return the page by its URL (of several that begin it, the longest), else by its object's model."""
    label = obj._meta.label_lower if isinstance(obj, Model) else ""
    pages = [
        (len(page.url(edition)), area, page) for area, page in all_pages() if request.path.startswith(page.url(edition))
    ]
    if pages:
        _length, area, page = max(pages, key=lambda it: it[0])
        return area, page
    return next(((area, page) for area, page in all_pages() if label and page.model == label), (None, None))


@register.simple_tag
def add_url(opts: Any, edition: Edition | None) -> str:
    """Return the URL of the form that adds an object, inside the edition if there is one."""
    page = page_of_model(opts.label_lower)
    if edition and page and page.add:
        return reverse(page.add, args=[edition.slug])
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_add")
