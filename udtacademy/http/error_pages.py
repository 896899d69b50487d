"""Error pages: the same with and without DEBUG, and rendered without a query."""

import datetime as dt
import logging
import math
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import django.middleware.common
import pghistory.middleware
import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from udtacademy.errors import IncompleteLinkError
from udtacademy.http.request_sizes import largest_at

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10
MOST_DIGITS = 15  # of a length: Python refuses to parse a number of thousands of digits
LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE, after `lock_timeout`
STATUS_OF_PAGES = (400, 403, 404)
# The driver's own errors come from closing a server-side cursor, where Django does not translate them.
DRIVER: Any = connection.Database  # type: ignore[attr-defined]
AWAY = (OperationalError, InterfaceError, DRIVER.OperationalError, DRIVER.InterfaceError)


def error_page(status: int) -> HttpResponse:
    """Render templates/<status>.html without a request, so that neither the session nor the database is read."""
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


# The handlers of urls.py. Django's own read the request again, which may be what failed.


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    return error_page(400)


def permission_denied(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    return error_page(403)


def page_not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    return error_page(404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Return 503 if the database or the cache is unreachable, otherwise 500; also for errors raised by middleware."""
    exception = sys.exc_info()[1]
    return unavailable() if isinstance(exception, Exception) and is_away(exception) else error_page(500)


def unavailable() -> HttpResponse:
    response = error_page(503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def too_many(wait: dt.timedelta) -> HttpResponse:
    """Return 429 with the time to wait."""
    response = error_page(429)
    response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


class ErrorPageMiddleware:
    """Return 413 for a request that is too large, unread, and 503 if the database is unreachable.

    With DEBUG, 400, 403 and 404 look as in production.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and (len(length) > MOST_DIGITS or int(length) > largest_at(request.path)):
            return error_page(413)
        response = self.get_response(request)
        if settings.DEBUG and response.status_code in STATUS_OF_PAGES and is_debug_page(response):
            return error_page(response.status_code)
        return response

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_away(exception):
            return unavailable()
        if settings.DEBUG and isinstance(exception, Http404):
            return error_page(404)
        return None


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """pghistory's middleware, with 503 if the database is unreachable: it queries the user before any view could answer.

    Without DEBUG `server_error` would answer as well. The URL is left out of the history, because some are secret.
    """

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request)
        del context["url"]
        return context

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response: HttpResponse = super().__call__(request)  # type: ignore[no-untyped-call]
        except (OperationalError, InterfaceError) as error:
            if is_away(error):
                return unavailable()
            raise
        return response


class CommonMiddleware(django.middleware.common.CommonMiddleware):
    """Django's middleware, but only GET and HEAD are redirected to the URL with a slash: a POST would lose its form."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)


View = Callable[..., HttpResponse]


def shown_again_by(fallback: View) -> Callable[[View], View]:
    """Decorate a view whose form must not be lost: `fallback` answers if the form's CSRF token is not the current one.

    It takes the view's arguments. It must change nothing: any site can have sent the form.
    """

    def decorate(view: View) -> View:
        view.on_csrf_failure = fallback  # type: ignore[attr-defined]
        return view

    return decorate


def says_link_is_incomplete(view: View) -> View:
    """Decorate a view that a link in an email leads to: say what to do with a link that was cut off. Another 404 stays one."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except IncompleteLinkError:
            return HttpResponse(render_to_string("incomplete_link.html"), status=404)

    return wrapped


def csrf_failure(request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG001 - Django gives it by name
    match = request.resolver_match
    fallback = getattr(match.func, "on_csrf_failure", None) if match else None
    if match and fallback:
        response: HttpResponse = fallback(request, *match.args, **match.kwargs)
        return response
    return error_page(403)


def is_away(exception: Exception) -> bool:
    """Return whether the database is unreachable, is out of resources or ended the query (SQLSTATE classes 08, 53, 57).

    Or a lock was not free in time, or the cache is unreachable, without which attempts to sign in cannot be counted. Logs it.
    """
    if isinstance(exception, (redis.ConnectionError, redis.TimeoutError)):
        logger.error("The cache is unreachable: %s", exception)
        return True
    if not isinstance(exception, AWAY):
        return False
    cause = exception if isinstance(exception, DRIVER.Error) else exception.__cause__
    sqlstate = getattr(cause, "pgcode", None) or ""
    if sqlstate == LOCK_NOT_AVAILABLE:
        logger.warning("A lock in the database was not free in time: %s", str(exception).partition("\n")[0])
        return True
    if sqlstate and not sqlstate.startswith(("08", "53", "57")):
        return False
    logger.error("The database is unreachable: %s", str(exception).partition("\n")[0])
    return True


def is_debug_page(response: HttpResponse) -> bool:
    return not response.streaming and b"DEBUG = True" in response.content
