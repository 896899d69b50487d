"""Forms that could not be answered in time: a page tells how many wait, and sends the same form again by itself.

Its form has an idempotency key, so that it is acted upon once, however often it is sent.
"""

import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus

import redis
from django.core import signing
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseRedirectBase
from django.template.loader import render_to_string

from udtacademy.db.encryption import decrypt_text, encrypt_text
from udtacademy.http import load_shedding
from udtacademy.http.error_pages import LOCK_NOT_AVAILABLE, unavailable
from udtacademy.http.parameters import refused_form

logger = logging.getLogger(__name__)

KEY = "idempotency_key"  # hidden field: a random id and the full path, signed
PURPOSE = "idempotency"  # of signatures and encryption
AGAIN_AFTER = 2  # seconds
REMEMBERED, ANSWERING = 3600, 120  # seconds: an id with where its form led, and one of a form being answered
FORM = "application/x-www-form-urlencoded"
ACCOUNTS = "/accounts/"  # passwords and codes are in no page, and sessions are halfway through signing in
DEADLOCK_DETECTED = "40P01"
NOTHING_CHANGED = {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}  # SQLSTATE


class SendingAgainMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_too_long = load_shedding.is_too_long(request.method)
        if not is_form(request):
            return unavailable() if is_too_long else self.get_response(request)
        if refused := refused_form(request):
            return refused
        if is_too_long:
            return waiting_page(request, load_shedding.n_waiting())
        key = read_key(request)
        return self.answer_once(request, key) if key else self.get_response(request)

    def answer_once(self, request: HttpRequest, key: str) -> HttpResponse:
        """Answer a form, or redirect to where it led before. One that led nowhere (no redirect) can be sent again."""
        name = f"idempotency:{key}"
        if not cache.add(name, "", ANSWERING):
            location = cache.get(name)
            return HttpResponseRedirect(decrypt_text(location, PURPOSE)) if location else waiting_page(request)
        response = self.get_response(request)
        try:
            if isinstance(response, HttpResponseRedirectBase):
                cache.set(name, encrypt_text(response.url, PURPOSE), REMEMBERED)
            else:
                cache.delete(name)
        except redis.RedisError as error:
            logger.warning("The answer to a form was not remembered: %s", error)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        sqlstate = getattr(exception.__cause__, "pgcode", None)
        is_unchanged = isinstance(exception, OperationalError) and sqlstate in NOTHING_CHANGED
        return waiting_page(request) if is_unchanged and is_form(request) else None


def is_form(request: HttpRequest) -> bool:
    """Return whether a browser sent a form for a person, without files and not to sign in.

    Browsers name HTML; scripts and mail programs (RFC 8058) accept anything, and would take the page for success.
    """
    is_urlencoded = request.method == "POST" and request.content_type == FORM and "HX-Request" not in request.headers
    return is_urlencoded and "text/html" in request.headers.get("Accept", "") and not request.path.startswith(ACCOUNTS)


def read_key(request: HttpRequest) -> str | None:
    """Return the id in the form's idempotency key, if we made the key for this address."""
    try:
        key, path = signing.loads(request.POST.get(KEY, ""), salt=PURPOSE)
    except signing.BadSignature:
        return None
    return key if path == request.get_full_path() else None


def waiting_page(request: HttpRequest, n_waiting: int = 0) -> HttpResponse:
    """Return the page that sends a form again, with its key if it has one. `n_waiting` of 0 is not shown."""
    key = read_key(request) or uuid.uuid4().hex
    fields = [(name, value) for name, values in request.POST.lists() if name != KEY for value in values]
    context = {
        "fields": [*fields, (KEY, signing.dumps([key, request.get_full_path()], salt=PURPOSE))],
        "n_waiting": n_waiting,
        "seconds": AGAIN_AFTER,
    }
    headers = {"Retry-After": str(AGAIN_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string("wait.html", context), status=HTTPStatus.ACCEPTED, headers=headers)
