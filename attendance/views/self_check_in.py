"""Check oneself in by the code on the room's screen: a page with a button. Only its POST records anything."""

import datetime as dt
import math
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import access
from attendance.actions.self_check_in import check_oneself_in
from attendance.forms.scans import LONGEST_CODE
from attendance.models import Evidence
from attendance.queries.own_attendance import observations_of
from attendance.queries.room_screens import takes_self_check_in
from attendance.queries.session_windows import door_window
from programme.errors import ProgrammeError
from udtacademy.accounts.requests import signed_in
from udtacademy.http.rate_limits import limited, next_minute


@login_required
def too_often(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Say when one may enter a code again, and that the desk checks people in as well. Nothing was looked at."""
    now = timezone.now()
    again_at = next_minute(now)
    response = page(request, edition_slug, session_slug, HTTPStatus.TOO_MANY_REQUESTS, again_at)
    response["Retry-After"] = str(math.ceil((again_at - now).total_seconds()))
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("self-check-in", person=10, each=2, refuse=too_often)
@login_required
def self_check_in(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the field for the code, filled by the QR code's address, and record what was entered.

    A code is looked at only when it is posted: the page itself tells nobody whether one is right. A refusal leads back to
    the page, too: a reload that posted again would be one more of the few attempts.
    """
    if request.method != "POST":
        return page(request, edition_slug, session_slug)
    participant, session = access.own_session(request.user, edition_slug, session_slug)
    code = request.POST.get("code", "")[:LONGEST_CODE]
    try:
        check_oneself_in(participant=participant, session=session, code=code, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)


def page(
    request: HttpRequest,
    edition_slug: str,
    session_slug: str,
    status: HTTPStatus = HTTPStatus.OK,
    again_at: dt.datetime | None = None,
) -> HttpResponse:
    """Return the page of a session. `again_at`: when a code may be entered again, after too many."""
    participant, session = access.own_session(request.user, edition_slug, session_slug)
    seen = [it for it in observations_of(participant, session) if it.kind != Evidence.Kind.JOIN]
    context = {
        "edition": session.edition,
        "session": session,
        "participant": participant,
        "takes_codes": takes_self_check_in(session),
        "window": door_window(session, timezone.now()).value,
        "seen_at": seen[0].observed_at if seen else None,
        "code": request.GET.get("code", "")[:LONGEST_CODE],
        "again_at": again_at,
    }
    with timezone.override(session.edition.zone):
        return render(request, "attendance/self_check_in.html", context, status=status)
