"""What people see when something is wrong: the same with and without DEBUG, and without touching the database."""

import datetime as dt
import logging
import math
import sys
from collections.abc import Callable
from typing import Any

import django.middleware.common
import pghistory.middleware
import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from udtacademy.http import load_shedding

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10
MOST_DIGITS = 15  # of a length: Python refuses to read a number of thousands
STATUS_OF_PAGES = (400, 403, 404)
# The driver's own come from closing a cursor that PostgreSQL keeps, which Django does without translating errors.
DRIVER: Any = connection.Database  # type: ignore[attr-defined]
AWAY = (OperationalError, InterfaceError, DRIVER.OperationalError, DRIVER.InterfaceError)


def error_page(status: int) -> HttpResponse:
    """templates/<status>.html, rendered without a request: neither the session nor the database is asked."""
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


# The handlers of urls.py. Django's own look at the request once more, which may be what went wrong.


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django gives it
    return error_page(400)


def permission_denied(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    return error_page(403)


def page_not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    return error_page(404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Also for what middleware raises before or after a view, such as a session that cannot be read or saved."""
    exception = sys.exc_info()[1]
    return unavailable() if isinstance(exception, Exception) and is_away(exception) else error_page(500)


def unavailable() -> HttpResponse:
    response = error_page(503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def too_many(wait: dt.timedelta) -> HttpResponse:
    """The answer to who has tried too often and may again after a while."""
    response = error_page(429)
    response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


class ErrorPageMiddleware:
    """A database that is away is a calm 503, like a request that waited too long; what is too large is not even read.

    With DEBUG on, 400, 403 and 404 look as they do in production.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and (len(length) > MOST_DIGITS or int(length) > settings.LARGEST_REQUEST):
            return error_page(413)
        if load_shedding.is_too_long():
            return unavailable()
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
    """pghistory's, which asks the database who is signed in before a view could answer that it is away.

    Without DEBUG `server_error` would answer as well. The page's address is left out of the history: some are secret.
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
    """Django's; only what is read is led on to the address with a slash. What was posted there is lost: that is a 404."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)


View = Callable[..., HttpResponse]


def shown_again_by(fallback: View) -> Callable[[View], View]:
    """Decorator of a view whose form must not be lost: `fallback` answers when its CSRF token is not the current one.

    It gets the view's arguments. It must change nothing: anybody's page can have sent the form.
    """

    def decorate(view: View) -> View:
        view.on_csrf_failure = fallback  # type: ignore[attr-defined]
        return view

    return decorate


def csrf_failure(request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG001 - Django gives it by name
    match = request.resolver_match
    fallback = getattr(match.func, "on_csrf_failure", None) if match else None
    if match and fallback:
        response: HttpResponse = fallback(request, *match.args, **match.kwargs)
        return response
    return error_page(403)


def is_away(exception: Exception) -> bool:
    """Whether the database cannot be reached, takes no more connections, or gave up on us (SQLSTATE classes 08, 53, 57).

    Or the cache, without which nobody can count how often somebody has tried to sign in.
    """
    if isinstance(exception, (redis.ConnectionError, redis.TimeoutError)):
        logger.error("The cache is away: %s", exception)
        return True
    if not isinstance(exception, AWAY):
        return False
    cause = exception if isinstance(exception, DRIVER.Error) else exception.__cause__
    sqlstate = getattr(cause, "pgcode", None) or ""
    if sqlstate and not sqlstate.startswith(("08", "53", "57")):
        return False
    logger.error("The database is away: %s", str(exception).partition("\n")[0])
    return True


def is_debug_page(response: HttpResponse) -> bool:
    return not response.streaming and b"DEBUG = True" in response.content
