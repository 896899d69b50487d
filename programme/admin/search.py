"""One box on every page of an edition: people, cities and sessions, by any spelling."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.queries.search import MOST_MATCHES, cities_in, people_in, sessions_in

LONGEST = 200  # characters that are searched for


@require_safe
def search(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show what has words that begin with the typed ones, as far as the visitor may see it."""
    edition = staff_edition(request.user, edition_slug, "programme.view_session")
    typed = request.GET.get("q", "")[:LONGEST].strip()
    may_see = request.user.has_perm
    context = admin.site.each_context(request) | {
        "title": _("Search"),
        "edition": edition,
        "typed": typed,
        "people": people_in(edition, typed) if typed and may_see("programme.view_participant") else (),
        "cities": cities_in(edition, typed) if typed and may_see("programme.view_delegation") else (),
        "sessions": sessions_in(edition, typed) if typed else (),
        "most": MOST_MATCHES,
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/search.html", context).render()
