import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

import udtacademy
from programme import access
from programme.actions.profiles import renew_calendar_link
from programme.calendars.files import calendar_of
from programme.calendars.links import links_for_participant
from programme.models import Edition, Session
from programme.models.edition_state import EditionState
from programme.views import form_recovery
from udtacademy.db.encryption import UnreadableError
from udtacademy.http.page_cache import cached_response
from udtacademy.http.rate_limits import limited

CONTENT_TYPE = "text/calendar; charset=utf-8"
CLIENT_CACHE_FOR = dt.timedelta(minutes=5)


@require_safe
@limited("calendar", each=3, methods=("GET", "HEAD"))
def edition_calendar(request: HttpRequest, edition_slug: str) -> HttpResponseBase:
    state = access.visible_state(request.user, edition_slug)

    def calendar() -> bytes:
        programme = access.existing_programme(state)
        return calendar_of(programme.edition, programme.sessions, version=state.digest)

    return calendar_response(request, state, calendar, name=edition_slug)


@require_safe
def session_calendar(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponseBase:
    state = access.visible_state(request.user, edition_slug)
    edition = access.visible_edition(request.user, edition_slug)
    session = access.visible_session(request.user, edition, session_slug)
    if not session.local_day:
        raise Http404  # without a day it is no event, and a calendar has at least one
    calendar = partial(calendar_of, edition, [session], version=state.digest)
    return calendar_response(request, state, calendar, name=session.slug)


@require_safe
@limited("calendar", each=3, methods=("GET", "HEAD"))
def own_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the feed of a participant's sessions; anybody with the link may read it.

    After a withdrawal it has the sessions they were told about as cancelled, for 180 days; then it is gone (410).
    """
    participant = access.calendar_owner(token)
    if participant.is_feed_gone(timezone.now()):
        return HttpResponse(
            _("This calendar has ended because you no longer take part."), content_type="text/plain", status=410
        )
    state = access.existing_state(participant.edition.slug)
    told = participant.announcements.filter(Q(method__gt="") | Q(is_theirs=False, is_repeat=False))
    rows = told.order_by("session", F("sequence").asc(nulls_first=True)).values_list("session", "sequence", "is_theirs")
    sent = [(session, sequence or 0, is_theirs) for session, sequence, is_theirs in rows]

    def calendar() -> bytes:
        programme = access.existing_programme(state)
        return calendar_of(
            programme.edition,
            programme.sessions_of(participant.held_in) if participant.is_registered else (),
            version=state.digest,
            is_own=True,
            sequences={session: sequence for session, sequence, _is_theirs in sent},  # the last of each is the highest
            gone=() if participant.is_registered else removed_sessions(programme.edition, sent),
        )

    of = (participant.state, participant.held_in, sent)  # many people have the same calendar
    return calendar_response(request, state, calendar, name=f"{participant.edition.slug}-mine", of=of)


@never_cache
@require_safe
@login_required
def own_calendar(request: HttpRequest, edition_slug: str) -> HttpResponse:
    participant = access.own_registration(request.user, edition_slug)
    try:
        calendar = links_for_participant(participant)
    except UnreadableError:  # encrypted with a lost key; a link in use still works
        calendar = None
    context = {"participant": participant, "edition": participant.edition, "calendar": calendar}
    return render(request, "programme/own_calendar.html", context)


@require_POST
@form_recovery.login_required_returning_to("programme:own-calendar")
def own_calendar_renew(request: HttpRequest, edition_slug: str) -> HttpResponse:
    participant = access.own_registration(request.user, edition_slug)
    renew_calendar_link(participant=participant)
    messages.success(request, _("This is your new link. The old link no longer works."))
    return redirect("programme:own-calendar", edition_slug)


def calendar_response(
    request: HttpRequest, state: EditionState, calendar: Callable[[], bytes], *, name: str, of: object = None
) -> HttpResponseBase:
    """Return the calendar, or 304 if the client has this version; `calendar` is called only if needed.

    `of`: everything about one person that it depends on; their calendar has no Last-Modified.
    """
    etag = etag_of(state, name, of)
    changed_at = None if of else int(state.changed_at.timestamp())
    response = get_conditional_response(request, etag=etag, last_modified=changed_at)
    if response is None:

        def make() -> HttpResponse:
            return HttpResponse(calendar(), content_type=CONTENT_TYPE)

        response = cached_response(request, ("calendar", etag), make)
        response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response["ETag"] = etag
    if changed_at:
        response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = f"{'private, ' if of else ''}max-age={CLIENT_CACHE_FOR.total_seconds():.0f}"
    return response


def etag_of(state: EditionState, name: str, of: object) -> str:
    """Return an ETag that changes with the calendar."""
    parts = (udtacademy.__version__, settings.SITE_URL, state, name, of)
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def removed_sessions(edition: Edition, sent: Iterable[tuple[int, int, bool]]) -> list[Session]:
    """Return the sessions that emails have taken out of a programme. One query.

    `sent`: session, SEQUENCE and whether it is theirs, of each email with a file, or that takes a session out.
    """
    removed = {session for session, _sequence, is_theirs in sent if not is_theirs}
    sessions = list(edition.sessions.filter(pk__in=removed).with_place().in_programme_order())
    for session in sessions:
        session.edition = edition
    return sessions
