"""Join an online session: a page with a button, the click as evidence, then the meeting's link."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access, wording
from attendance.actions.evidence import record_join
from attendance.actions.ways_in import ensure_way_in
from attendance.queries.own_attendance import status_of_click
from attendance.queries.session_windows import can_be_joined, join_window
from attendance.queries.sessions import has_seat
from attendance.queries.ways_in import link_for
from attendance.rules.attendance import counts_so_far
from programme.calendars.links import links_for_session
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.http.rate_limits import limited

SEE_OTHER = 303  # after the click, so that a reload does not post again


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("join", person=30, each=2)
def join(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the button, and record the click. Only a POST records: email scanners follow links.

    Who has clicked before is led on to the meeting, unless the session has moved since.
    """
    key = request.GET.get("key", "")
    if not key and not request.user.is_authenticated:
        return redirect_to_login(request.path)
    participant, session = access.joiner(request.user, edition_slug, session_slug, key)
    if request.method != "POST":
        if may_join(participant, session) and status_of_click(participant, session) is not None:
            return redirect(address("attendance:meeting", session, key))
        return join_page(request, participant, session)
    try:
        record_join(participant=participant, session=session, by=participant.user)
    except ProgrammeError as error:
        return join_page(request, participant, session, problem=str(error))
    ensure_way_in(participant, session)
    return HttpResponseRedirect(address("attendance:meeting", session, key), status=SEE_OTHER)


@never_cache
@require_safe
def meeting(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the meeting's link to people who clicked Join for its present times, while joining is open."""
    key = request.GET.get("key", "")
    if not key and not request.user.is_authenticated:
        return redirect_to_login(reverse("attendance:join", args=[edition_slug, session_slug]))
    participant, session = access.joiner(request.user, edition_slug, session_slug, key)
    recorded = status_of_click(participant, session) if may_join(participant, session) else None
    if recorded is None:
        return redirect(address("attendance:join", session, key))
    with timezone.override(session.edition.zone):
        context = {
            "participant": participant,
            "edition": session.edition,
            "session": session,
            "is_own": request.user == participant.user,
            "link": link_for(participant, session),
            "you_are_in": wording.you_are_in(recorded),
            "counts": counts_so_far(recorded),
        }
        return render(request, "attendance/meeting.html", context)


def may_join(participant: Participant, session: Session) -> bool:
    return can_be_joined(session, timezone.now()) and has_seat(participant, session)


def join_page(request: HttpRequest, participant: Participant, session: Session, *, problem: str = "") -> HttpResponse:
    now = timezone.now()
    edition = session.edition
    opens_at = session.starts_at and session.starts_at - edition.join_opens_before
    context = {
        "participant": participant,
        "edition": edition,
        "session": session,
        "window": join_window(session, now).value,
        "now": now,
        "opens_at": opens_at,
        "has_seat": has_seat(participant, session),
        "is_own": request.user == participant.user,
        "calendar": links_for_session(session) if session.local_day else None,
        "problem": problem,
    }
    if problem:
        messages.error(request, problem)
    with timezone.override(edition.zone):
        return render(request, "attendance/join.html", context, status=409 if problem else 200)


def address(name: str, session: Session, key: str) -> str:
    path = reverse(name, args=[session.edition.slug, session.slug])
    return f"{path}?{urlencode({'key': key})}" if key else path
