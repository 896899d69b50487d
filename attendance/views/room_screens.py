"""The screen in a session's room: how many are there, who is missing, and the code for self check-in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access
from attendance.actions.self_check_in import set_room_screen
from attendance.forms.room_screens import RoomScreenForm
from attendance.personal_links import room_codes
from attendance.queries.room_screens import room_of, room_screen_of
from attendance.queries.session_windows import is_door_open
from attendance.rules.check_in import DOOR_OPENS_BEFORE
from attendance.views.board import page_context
from programme.models import Session
from udtacademy.accounts.requests import signed_in


@never_cache
@require_safe
@login_required
def room_screen(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the screen of a session's room, for staff to open there."""
    _programme, session = access.door(request.user, edition_slug, session_slug)
    with timezone.override(session.edition.zone):
        return render(request, "attendance/room_screen.html", room_context(session))


@cache_control(private=True, no_cache=True)  # kept, to ask whether it has changed
@require_safe
@login_required
def room_screen_now(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Return what changes on the screen, which asks every two seconds. The code in it is that of the moment, and no other."""
    _programme, session = access.door(request.user, edition_slug, session_slug)
    with timezone.override(session.edition.zone):
        return render(request, "attendance/_room.html", room_context(session))


def room_context(session: Session) -> dict[str, Any]:
    now, screen = timezone.now(), room_screen_of(session)
    takes_codes = screen.takes_self_check_in
    code = room_codes.code_of(session, now) if takes_codes and is_door_open(session, now) else ""
    return {
        "edition": session.edition,
        "session": session,
        "now": now,
        "room": room_of(session, screen.missing, now),
        "takes_codes": takes_codes,
        "opens_at": session.starts_at and session.starts_at - DOOR_OPENS_BEFORE,
        "is_over": session.ends_at is not None and session.ends_at <= now,
        "code": code,
        "qr": room_codes.qr_svg(session, code) if code else "",
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room_screen_settings(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Let organisers choose what the screen shows, and whether people check themselves in by it."""
    session = access.session_in_person(request.user, edition_slug, session_slug, access.SET_ROOM_SCREEN)
    form = RoomScreenForm(request.POST or None, instance=room_screen_of(session))
    if request.method == "POST" and form.is_valid():
        set_room_screen(session=session, by=signed_in(request), **form.cleaned_data)
        messages.success(request, _("Saved. Screens that are open show it at once."))
        return redirect(request.path)
    context = page_context(request, _("Room screen")) | {
        "edition": session.edition,
        "session": session,
        "form": form,
        "can_check_in": signed_in(request).has_perm(access.CHECK_IN),
    }
    return render(request, "admin/attendance/room_screen.html", context, status=422 if form.is_bound else 200)
