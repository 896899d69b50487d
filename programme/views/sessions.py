from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from programme import access
from programme.calendars.links import links_for_session
from programme.models import Participant
from programme.models.edition_state import EditionState
from programme.queries.materials import visible_of_session
from programme.queries.participant_programme import session_for
from programme.queries.published_programme import PublishedProgramme
from programme.queries.speakers import speakers_shown
from programme.rules.sessions import on_now
from programme.views import structured_data
from programme.views.public import OWN_PART, VisitorKind, public_page


@require_safe
def session_detail(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    def page(kind: VisitorKind) -> HttpResponse:
        return session_page(request, edition_slug, session_slug, kind)

    def part(participant: Participant, state: EditionState) -> str:
        return own_part(request, participant, access.existing_programme(state), session_slug)

    return public_page(request, edition_slug, page, own_part=part)


def session_page(request: HttpRequest, edition_slug: str, session_slug: str, kind: VisitorKind) -> HttpResponse:
    """Show a session to everybody, with a mark where `own_part` goes for somebody who takes part."""
    edition = access.visible_edition(request.user, edition_slug)
    session = access.visible_session(request.user, edition, session_slug)
    others = access.visible_sessions(request.user, edition)
    now = timezone.now()
    has_own_part = kind.is_mine and session.is_published and not session.is_break and not session.is_cancelled
    context = {
        "edition": edition,
        "session": session,
        "speakers": speakers_shown(session),
        "materials": [] if has_own_part else visible_of_session(session, now, is_participant=False),
        "is_over": session.is_over(now),
        "is_on_now": bool(on_now([session], now)),
        "is_mine": kind.is_mine,
        "can_register": not kind.is_mine and edition.is_open(now) and not session.is_over(now),
        "own_part": OWN_PART,
        "parallel": others.parallel_to(session),
        "earlier": others.before(session),
        "later": others.after(session),
        "calendar": links_for_session(session) if session.local_day and not session.is_past(now) else None,
        "schema": {"@context": "https://schema.org"} | structured_data.event_of_session(session, edition)
        if session.local_day and not session.is_break
        else None,
    }
    with timezone.override(edition.zone):
        return render(request, "programme/session_detail.html", context)


def own_part(request: HttpRequest, participant: Participant, programme: PublishedProgramme, session_slug: str) -> str:
    """Return what a session's page says to somebody who takes part: about their seat, and the panels of other apps.

    Empty for a break, and for a session that is not published or cancelled.
    """
    session = programme.session(session_slug)
    if session is None or session.is_break or session.is_cancelled:
        return ""
    now = timezone.now()
    own = session_for(participant, programme.edition, session)
    materials = visible_of_session(session, now, is_participant=participant.is_registered)
    context = {
        "participant": participant,
        "edition": programme.edition,
        "session": session,
        "own": own,
        "seat": own.seat,
        "materials": materials,
        "is_over": session.is_over(now),
        "has_begun": session.starts_at is not None and session.starts_at <= now,
    }
    with timezone.override(programme.edition.zone):
        return render_to_string("programme/_session_own.html", context, request)
