import datetime as dt
import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

import udtacademy
from programme import access
from programme.calendars import calendar_of
from programme.models import Edition, Session

CONTENT_TYPE = "text/calendar; charset=utf-8"
KEPT_BY_CLIENTS = dt.timedelta(minutes=5)


@require_safe
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


def calendar_response(
    request: HttpRequest, edition: Edition, sessions: Iterable[Session], *, name: str
) -> HttpResponseBase:
    """The calendar, or 304 for a client that has this state of it; `sessions` is read only if needed."""
    etag = etag_of(edition)
    changed_at = edition.calendar_changed_at.timestamp()
    response = get_conditional_response(request, etag=etag, last_modified=int(changed_at))
    if response is None:
        response = HttpResponse(calendar_of(edition, with_edition(sessions, edition)), content_type=CONTENT_TYPE)
        response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed_at)
    response["Cache-Control"] = f"max-age={KEPT_BY_CLIENTS.total_seconds():.0f}"
    return response


def etag_of(edition: Edition) -> str:
    """A name of what the calendar says now; `edition` is annotated with its calendar state."""
    state = (udtacademy.__version__, settings.SITE_URL, edition.pk, edition.changed_at, edition.n_sessions)
    digest = hashlib.sha256(repr((*state, edition.calendar_state)).encode()).hexdigest()
    return f'"{digest[:32]}"'


def with_edition(sessions: Iterable[Session], edition: Edition) -> Iterable[Session]:
    for session in sessions:
        session.edition = edition
        yield session
