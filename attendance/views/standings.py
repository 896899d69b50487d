"""All cities of an edition, the worst standing first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access, wording
from attendance.queries import standing
from attendance.rules.standing import Standing
from attendance.views.board import page_context


@never_cache
@require_safe
def standings(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the cities of an edition."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE)
    cities = standing.cities_of(edition, timezone.now())
    context = page_context(request, _("Cities of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "cities": [
            (
                city,
                wording.STANDINGS[city.standing],
                [(it, wording.STANDINGS[it.reasoned.standing]) for it in city.people],
            )
            for city in cities
        ],
        "counts": [(it.value, wording.STANDINGS[it], sum(city.standing is it for city in cities)) for it in Standing],
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/standings.html", context)
