from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from programme import access
from programme.calendars.links import links_for_session
from programme.views import structured_data
from programme.views.public import public_page


@require_safe
def session_detail(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    return public_page(request, edition_slug, lambda _is_mine: session_page(request, edition_slug, session_slug))


def session_page(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    edition = access.visible_edition(request.user, edition_slug)
    session = access.visible_session(request.user, edition, session_slug)
    others = access.visible_sessions(request.user, edition)
    context = {
        "edition": edition,
        "session": session,
        "is_over": session.is_over(timezone.now()),
        "parallel": others.parallel_to(session),
        "earlier": others.before(session),
        "later": others.after(session),
        "calendar": links_for_session(session) if session.local_day else None,
        "schema": {"@context": "https://schema.org"} | structured_data.event_of_session(session, edition)
        if session.local_day and not session.is_break
        else None,
    }
    with timezone.override(edition.zone):
        return render(request, "programme/session_detail.html", context)
