"""The cities of an edition page by page, the worst standing first."""

from collections import Counter

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access, wording
from attendance.queries import standing
from attendance.queries.standing_aggregates import cities_by_standing
from attendance.rules.standing import Standing
from attendance.views.board import page_context
from programme.access import staff_edition

CITIES_PER_PAGE = 25


@never_cache
@require_safe
def standings(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show a page of cities with their people and the reasons for their standing, and the counts of all cities."""
    edition, now = staff_edition(request.user, edition_slug, access.SEE), timezone.now()
    by_standing = cities_by_standing(edition, now)
    page = Paginator(by_standing, CITIES_PER_PAGE).get_page(request.GET.get("page"))
    cities = standing.cities_of(edition, now, among=[pk for pk, _standing in page.object_list])
    counts = Counter(city_standing for _pk, city_standing in by_standing)
    context = page_context(request, _("Cities of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "page": page,
        "cities": [
            (
                city,
                wording.STANDINGS[city.standing],
                [(it, wording.STANDINGS[it.reasoned.standing]) for it in city.people],
            )
            for city in cities
        ],
        "counts": [(it.value, wording.STANDINGS[it], counts[it]) for it in Standing],
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/standings.html", context)
