"""Validate the parameters of a request: what no page can use is answered before any view sees it.

Views parse numbers and datetimes with `whole_number` and `parse_moment`, which know the limits of PostgreSQL and Python
(decision 27).
"""

import codecs
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.dateparse import parse_datetime

from udtacademy.http.error_pages import error_page

logger = logging.getLogger(__name__)

BIGGEST = 2**63 - 1  # PostgreSQL's bigint
YEARS = range(1900, 3000)  # of datetimes: far from where adding an offset or a day fails
# What makes a view raise an exception: NUL, a number with too many digits, a year at either end of the calendar, a
# malformed host, deeply nested brackets.
NONSENSE = re.compile(r"\0|\d{19}|\b(?:0000|0001|9999)-\d|//[^/]*[\[\]]|[\[{]{99}")
RAISED = (DataError, OverflowError, RecursionError, ValueError)


def whole_number(text: str, most: int = BIGGEST) -> int | None:
    """Return the text as a number from 0 to `most` (by default the largest that the database holds); otherwise None."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(BIGGEST)) else None
    return number if number is not None and number <= most else None


def parse_moment(text: str, zone: ZoneInfo | None = None) -> dt.datetime | None:
    """Return the text as a datetime in UTC; None if invalid or not within YEARS. It is in `zone` unless it has an offset.

    Without `zone`, the text needs an offset.
    """
    try:
        instant = parse_datetime(text)
    except ValueError:
        return None
    if instant is None or instant.year not in YEARS or not (instant.tzinfo or zone):
        return None
    moment = (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(dt.UTC)
    return moment if moment.year in YEARS else None


class ParameterMiddleware:
    """Return 400 for malformed requests, and 404 for URLs with an impossible number of an object.

    It reads forms, so it comes after the check of the size. A NUL in a form's field is left to the form, which keeps the
    rest of what was typed. If a view lets a value through that the database or the calendar refuses, that is also 400.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            is_broken = not is_utf_8(request) or has_broken_address(
                request
            )  # in this order: parameters need an encoding
        except SuspiciousOperation:  # more parameters than anybody needs
            is_broken = True
        return error_page(400) if is_broken else self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Iterable[Any], named: Mapping[str, Any]
    ) -> HttpResponse | None:
        if any(is_beyond_numbers(name, value) for name, value in named.items()):
            return error_page(404)
        return None if getattr(view, "csrf_exempt", False) else refused_form(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        # Anybody can cause these: no errors of ours, as Django would log them.
        if isinstance(exception, (SuspiciousOperation, UnreadablePostError)):
            logger.info("Refused: %s", type(exception).__name__)
            return error_page(400)
        if isinstance(exception, RAISED) and has_nonsense(request):
            logger.warning("A view let an impossible value through: %s", type(exception).__name__, exc_info=exception)
            return error_page(400)
        return None


def refused_form(request: HttpRequest) -> HttpResponse | None:
    """Read the posted form, if any. Return the error page if it cannot be read, otherwise None."""
    try:
        _form = request.POST
    except RequestDataTooBig:
        return error_page(413)
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError) as error:
        logger.info("A form could not be read: %s", type(error).__name__)
        return error_page(400)
    return None


def has_broken_address(request: HttpRequest) -> bool:
    """Return whether the path, its parameters or a cookie contain NUL, which PostgreSQL cannot store."""
    texts = (request.path_info, *request.COOKIES.values(), *request.COOKIES, *texts_in(request.GET))
    return any("\0" in it for it in texts)


def is_utf_8(request: HttpRequest) -> bool:
    """Return whether the request names no other encoding: our pages are in UTF-8, and so are their forms."""
    try:
        return codecs.lookup(request.content_params.get("charset", "utf-8")).name == "utf-8"  # type: ignore[union-attr]
    except (LookupError, ValueError):
        return False


def is_beyond_numbers(name: str, value: Any) -> bool:
    """Return whether a part of the URL is the number of an object, and larger than any can be."""
    if isinstance(value, str) and name in {"object_id", "content_type_id", "id"} and value.isdecimal():
        return whole_number(value) is None
    return isinstance(value, int) and value > BIGGEST


def has_nonsense(request: HttpRequest) -> bool:
    match = request.resolver_match
    named = (it for it in (match.kwargs.values() if match else ()) if isinstance(it, str))
    return any(NONSENSE.search(it) for it in (*texts_in(request.GET), *texts_in(request.POST), *named))


def texts_in(given: QueryDict) -> Iterable[str]:
    for name, values in given.lists():
        yield name
        yield from (it for it in values if isinstance(it, str))
