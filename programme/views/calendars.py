import datetime as dt
import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

import udtacademy
from programme import access
from programme.actions.registrations import renew_calendar_link
from programme.calendar_links import links_for_participant
from programme.calendars import calendar_of
from programme.models import Edition, Session
from programme.views import typed
from udtacademy.limits import limited

CONTENT_TYPE = "text/calendar; charset=utf-8"
KEPT_BY_CLIENTS = dt.timedelta(minutes=5)


@require_safe
@limited("calendar", address=1200, methods=("GET", "HEAD"))
def edition_calendar(request: HttpRequest, edition_slug: str) -> HttpResponseBase:
    edition = access.visible_edition(request.user, edition_slug, Edition.objects.with_calendar_state())
    sessions = Session.objects.filter(edition=edition).published().with_place().in_programme_order()
    return calendar_response(request, edition, sessions, name=edition.slug)


@require_safe
def session_calendar(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponseBase:
    edition = access.visible_edition(request.user, edition_slug, Edition.objects.with_calendar_state())
    session = access.visible_session(request.user, edition, session_slug)
    if not session.local_day:
        raise Http404  # without a day it is no event, and a calendar has at least one
    return calendar_response(request, edition, [session], name=session.slug)


@require_safe
@limited("calendar", address=1200, methods=("GET", "HEAD"))
def own_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """A participant's own sessions; whoever has the link may read them."""
    participant = access.calendar_owner(token)
    edition = Edition.objects.with_calendar_state().select_related("venue").get(pk=participant.edition_id)
    sessions = edition.sessions.published().of(participant).with_place().in_programme_order()
    seats = list(participant.seats.held().order_by("pk").values_list("session"))
    return calendar_response(request, edition, sessions, name=f"{edition.slug}-mine", of=(participant.pk, seats))


@never_cache
@require_safe
@login_required
def own_calendar(request: HttpRequest, edition_slug: str) -> HttpResponse:
    participant = access.own_registration(request.user, edition_slug)
    context = {
        "participant": participant,
        "edition": participant.edition,
        "calendar": links_for_participant(participant),
    }
    return render(request, "programme/own_calendar.html", context)


@require_POST
@typed.signed_in_or_back_to("programme:own-calendar")
def own_calendar_renew(request: HttpRequest, edition_slug: str) -> HttpResponse:
    participant = access.own_registration(request.user, edition_slug)
    renew_calendar_link(participant=participant)
    messages.success(request, _("This is your new link. The old one leads nowhere any more."))
    return redirect("programme:own-calendar", edition_slug)


def calendar_response(
    request: HttpRequest, edition: Edition, sessions: Iterable[Session], *, name: str, of: object = None
) -> HttpResponseBase:
    """The calendar, or 304 for a client that has this state of it; `sessions` is read only if needed.

    `of` is the state of what is one person's own in it: no time of a last change is known for that.
    """
    etag = etag_of(edition, of)
    changed_at = None if of else int(edition.calendar_changed_at.timestamp())
    response = get_conditional_response(request, etag=etag, last_modified=changed_at)
    if response is None:
        response = HttpResponse(
            calendar_of(edition, with_edition(sessions, edition), is_own=of is not None), content_type=CONTENT_TYPE
        )
        response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response["ETag"] = etag
    if changed_at:
        response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = f"{'private, ' if of else ''}max-age={KEPT_BY_CLIENTS.total_seconds():.0f}"
    return response


def etag_of(edition: Edition, of: object) -> str:
    """A name of what the calendar says now; `edition` is annotated with its calendar state."""
    state = (udtacademy.__version__, settings.SITE_URL, edition.pk, edition.changed_at, edition.n_sessions, of)
    digest = hashlib.sha256(repr((*state, edition.calendar_state)).encode()).hexdigest()
    return f'"{digest[:32]}"'


def with_edition(sessions: Iterable[Session], edition: Edition) -> Iterable[Session]:
    for session in sessions:
        session.edition = edition
        yield session
