"""Check oneself in by the code on the room's screen: a page with a button. Only its POST records anything."""

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
from udtacademy.http.rate_limits import limited

SEE_OTHER = 303  # after the button, so that a reload does not post again


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("self-check-in", person=10, each=2)
@login_required
def self_check_in(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the field for the code, filled by the QR code's address, and record what was entered.

    A code is looked at only when it is posted: the page itself tells nobody whether one is right.
    """
    participant, session = access.own_session(request.user, edition_slug, session_slug)
    given = request.POST if request.method == "POST" else request.GET
    code, problem = given.get("code", "")[:LONGEST_CODE], ""
    if request.method == "POST":
        try:
            check_oneself_in(participant=participant, session=session, code=code, by=signed_in(request))
        except ProgrammeError as error:
            problem, code = str(error), ""
        else:
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
    seen = [it for it in observations_of(participant, session) if it.kind != Evidence.Kind.JOIN]
    context = {
        "edition": session.edition,
        "session": session,
        "participant": participant,
        "takes_codes": takes_self_check_in(session),
        "window": door_window(session, timezone.now()).value,
        "seen_at": seen[0].observed_at if seen else None,
        "code": code,
        "problem": problem,
    }
    with timezone.override(session.edition.zone):
        return render(request, "attendance/self_check_in.html", context, status=409 if problem else 200)
