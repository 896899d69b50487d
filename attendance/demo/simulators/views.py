"""What the simulated platforms answer to our calls, and the button that holds a meeting. Only where DEBUG is on."""

import hashlib
import logging
import threading
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from attendance import access
from attendance.demo.simulators.meeting import attendees_key, begin_meeting, carry_out
from attendance.demo.simulators.running import held_now
from attendance.platforms.events import parsed, text_of
from programme.errors import ProgrammeError
from programme.models import Session

logger = logging.getLogger(__name__)

SECONDS = 180
TOKEN = "simulated-token"  # noqa: S105 - lets nobody in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Hold a meeting of the session, in the background. By GET, the part of the live page that has the button, or says how far it is."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.REPORT)
    if request.method != "POST":
        context = {"edition": session.edition, "session": session, "held": held_now(session)}
        return render(request, "attendance/simulators/_hold.html", context)
    try:
        begin_meeting(session, SECONDS)
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        threading.Thread(target=held, args=[session], name=f"meeting of {session.slug}", daemon=True).start()
    return redirect("attendance-staff:live", edition_slug, session_slug)


def held(session: Session) -> None:
    try:
        carry_out(session, SECONDS)
    except Exception:
        logger.exception("The simulated meeting broke off")
    finally:
        connection.close()


@csrf_exempt
@require_POST
def zoom_token(request: HttpRequest) -> HttpResponse:
    """Give a token, as Zoom does to a server-to-server app."""
    if not request.headers.get("Authorization", "").startswith("Basic "):
        return JsonResponse({"reason": "Invalid client"}, status=HTTPStatus.UNAUTHORIZED)
    return JsonResponse({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3599})


@csrf_exempt
@require_POST
def zoom_registrants(request: HttpRequest, meeting: int) -> HttpResponse:
    """Register somebody, as Zoom does."""
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return JsonResponse({"code": 124, "message": "Invalid access token."}, status=HTTPStatus.UNAUTHORIZED)
    email = text_of(parsed(request.body), "email")
    number = hashlib.sha256(f"{meeting} {email}".encode()).hexdigest()[:22]
    link = f"{settings.SITE_URL}/styleguide/simulators/zoom/w/{meeting}?tk={number}"
    answer = {"id": meeting, "registrant_id": number, "join_url": link, "topic": "Simulated"}
    return JsonResponse(answer, status=HTTPStatus.CREATED)


@require_safe
def joined(request: HttpRequest, meeting: int | str = 0) -> HttpResponse:  # noqa: ARG001 - in the address
    """Show what would be the meeting."""
    name = request.GET.get("fullName", "")
    return render(request, "attendance/simulators/joined.html", {"name": name})


@require_GET
def bbb_meetings(request: HttpRequest) -> HttpResponse:
    """Tell who is in the simulated meetings, as getMeetings does."""
    sessions = Session.objects.exclude(meeting_url="").filter(meeting_url__contains="meetingID=").order_by("pk")
    meetings = {it.meeting_url.rpartition("meetingID=")[2] for it in sessions}
    inside = {it: people for it in sorted(meetings) if (people := cache.get(attendees_key(it)))}
    page = "attendance/simulators/meetings.xml"
    people = {it: list(its.values()) for it, its in inside.items()}
    return render(request, page, {"meetings": people}, content_type="text/xml")
