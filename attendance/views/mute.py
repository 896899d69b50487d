"""Reminders of optional sessions: switched off by a link in an email, or in the profile."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from attendance import access
from attendance.actions.reminders import mute_optional
from programme.access import own_registration
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.http.error_pages import says_link_is_incomplete


@csrf_exempt  # mail programs post it for their user, without cookies (RFC 8058); the signed key authorises it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@says_link_is_incomplete
def mute(request: HttpRequest, key: str) -> HttpResponse:
    """Show a page with a button; only a POST changes anything."""
    participant = access.muted_participant(key)
    if request.method == "POST":
        is_muted = "again" not in request.POST
        mute_optional(participant=participant, is_muted=is_muted, by=participant.user)
        participant.mutes_optional = is_muted
    context = {"participant": participant, "edition": participant.edition, "is_done": request.method == "POST"}
    return render(request, "attendance/mute.html", context)


@require_POST
@form_recovery.login_required_returning_to("programme:profile")
def own_reminders(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Save the choice made in the visitor's profile."""
    user = signed_in(request)
    participant = own_registration(user, edition_slug)
    is_muted = "muted" in request.POST
    mute_optional(participant=participant, is_muted=is_muted, by=user)
    messages.success(
        request,
        _("We will remind you of core sessions only.") if is_muted else _("We will remind you of all your sessions."),
    )
    return redirect("programme:profile", edition_slug)
