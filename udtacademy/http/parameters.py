"""What comes with a request, looked at once: what no page can have a use for is answered before any view sees it.

Views read numbers and moments with `whole_number` and `moment`, which know what PostgreSQL and Python can hold (decision 27).
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
YEARS = range(1900, 3000)  # of moments: far from where adding an offset or a day fails
# What made an exception, where a view let it through: NUL, more digits than a number has, an end of the calendar, half a
# host, brackets within brackets.
NONSENSE = re.compile(r"\0|\d{19}|\b(?:0000|0001|9999)-\d|//[^/]*[\[\]]|[\[{]{99}")
RAISED = (DataError, OverflowError, RecursionError, ValueError)


def whole_number(text: str, most: int = BIGGEST) -> int | None:
    """The number that a text is, from 0 to `most`, the largest that the database holds; None when it is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(BIGGEST)) else None
    return number if number is not None and number <= most else None


def moment(text: str, zone: ZoneInfo | None = None) -> dt.datetime | None:
    """A moment as a form's field writes it, in `zone` unless it names an offset. None when it is none, or not of our time.

    Without a zone a moment has to name its offset.
    """
    try:
        instant = parse_datetime(text)
    except ValueError:
        return None
    if instant is None or instant.year not in YEARS or not (instant.tzinfo or zone):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


class ParameterMiddleware:
    """400 for what is broken, 404 for the address of an object that there cannot be. It reads forms, so it follows the size.

    A form's field with a NUL is the form's to complain of, so that the rest of what was typed stays. What a view lets
    through nevertheless, and the database or the calendar refuses, is a 400 as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            is_broken = not is_utf_8(request) or has_broken_address(request)  # in this order: the one reads the other
        except SuspiciousOperation:  # more parameters than anybody needs
            is_broken = True
        return error_page(400) if is_broken else self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Iterable[Any], named: Mapping[str, Any]
    ) -> HttpResponse | None:
        if any(is_beyond_numbers(name, value) for name, value in named.items()):
            return error_page(404)
        return None if getattr(view, "csrf_exempt", False) else self.refused_form(request)

    def refused_form(self, request: HttpRequest) -> HttpResponse | None:
        """Read the form that was posted, if any; the answer when it cannot be read."""
        try:
            _posted = request.POST
        except RequestDataTooBig:
            return error_page(413)
        except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError) as error:
            logger.info("A form could not be read: %s", type(error).__name__)
            return error_page(400)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, SuspiciousOperation):  # anybody can cause it: no error of ours, as Django would log it
            logger.info("Refused: %s", type(exception).__name__)
            return error_page(400)
        if isinstance(exception, RAISED) and has_nonsense(request):
            logger.warning("Nonsense that a view let through: %s", type(exception).__name__, exc_info=exception)
            return error_page(400)
        return None


def has_broken_address(request: HttpRequest) -> bool:
    """Whether the path, its parameters or a cookie hold a NUL, which PostgreSQL's text has not."""
    texts = (request.path_info, *request.COOKIES.values(), *request.COOKIES, *texts_in(request.GET))
    return any("\0" in it for it in texts)


def is_utf_8(request: HttpRequest) -> bool:
    """Whether the request says nothing else of its encoding: our pages are in UTF-8, and so is what they send."""
    try:
        return codecs.lookup(request.content_params.get("charset", "utf-8")).name == "utf-8"  # type: ignore[union-attr]
    except (LookupError, ValueError):
        return False


def is_beyond_numbers(name: str, value: Any) -> bool:
    """Whether a part of an address names an object by a number that none can have."""
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
