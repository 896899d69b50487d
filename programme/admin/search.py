"""One box on every page of an edition: people, cities and sessions, by any spelling."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.models import Delegation, Participant, Session
from programme.queries.search import MOST_MATCHES, cities_in, people_in, sessions_in
from programme.rules.plain_words import plain_words

LONGEST = 200  # characters that are searched for
Match = Participant | Delegation | Session


@require_safe
def search(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show what has words that begin with the typed ones, as far as the visitor may see it; if it is one, its page."""
    edition = staff_edition(request.user, edition_slug, "programme.view_session")
    typed = request.GET.get("q", "")[:LONGEST].strip()
    may_see = request.user.has_perm
    people = people_in(edition, typed) if typed and may_see("programme.view_participant") else ()
    cities = cities_in(edition, typed) if typed and may_see("programme.view_delegation") else ()
    sessions = sessions_in(edition, typed) if typed else ()
    if only := only_match([*people, *cities, *sessions], typed):
        return redirect(f"admin:{only._meta.app_label}_{only._meta.model_name}_change", only.pk)
    context = admin.site.each_context(request) | {
        "title": _("Search"),
        "edition": edition,
        "typed": typed,
        "people": people,
        "cities": cities,
        "sessions": sessions,
        "most": MOST_MATCHES,
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/search.html", context).render()


def only_match(matches: Sequence[Match], typed: str) -> Match | None:
    """Return the only match, or the only one of several that is called just as typed; None if that is not one."""
    exact = [it for it in matches if any(plain_words(name) == plain_words(typed) for name in names_of(it))]
    meant = exact or matches
    return meant[0] if len(meant) == 1 else None


def names_of(match: Match) -> list[str]:
    if isinstance(match, Participant):
        return [match.user.name, match.user.email]
    return [match.city.name] if isinstance(match, Delegation) else [match.title]
