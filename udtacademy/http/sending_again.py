"""Forms that could not be answered in time: a page tells how many wait, and sends the same form again by itself.

The form's address carries a key, so that it is acted upon once, however often it is sent.
"""

import uuid
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from udtacademy.db.encryption import decrypt_text, encrypt_text
from udtacademy.http import load_shedding
from udtacademy.http.error_pages import unavailable

KEY = "sending_key"  # parameter of the address
AGAIN_AFTER = 2  # seconds
KEPT, ANSWERING = 3600, 120  # seconds: a key with where its form led, and one of a form being answered
PURPOSE = "sending again"
FORM = "application/x-www-form-urlencoded"
LOCKED = {"55P03", "40P01"}  # SQLSTATE: waited too long for a lock, or in a circle; nothing was changed


class SendingAgainMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if load_shedding.is_too_long(request.method):
            return ask_to_wait(request)
        key = request.GET.get(KEY) if request.method == "POST" else None
        return self.answer_once(request, key) if key else self.get_response(request)

    def answer_once(self, request: HttpRequest, key: str) -> HttpResponse:
        """Answer a form, or redirect to where it led if it was answered before. A refused form can be sent again."""
        name = f"sent:{sha256(key.encode()).hexdigest()}"
        if not cache.add(name, "", ANSWERING):
            led_to = cache.get(name)
            return HttpResponseRedirect(decrypt_text(led_to, PURPOSE)) if led_to else ask_to_wait(request)
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST or response.status_code == HTTPStatus.ACCEPTED:
            cache.delete(name)
        else:
            led_to = response.headers.get("Location", request.path)
            cache.set(name, encrypt_text(led_to, PURPOSE), KEPT)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        sqlstate = getattr(exception.__cause__, "pgcode", None)
        is_locked = isinstance(exception, OperationalError) and sqlstate in LOCKED
        return ask_to_wait(request) if is_locked and is_form(request) else None


def is_form(request: HttpRequest) -> bool:
    """Return whether the request is a form that a person sent by a browser, without files."""
    is_ours = request.method == "POST" and request.content_type == FORM
    return is_ours and "HX-Request" not in request.headers and request.accepts("text/html")


def ask_to_wait(request: HttpRequest) -> HttpResponse:
    """Return the page that sends the form again; 503 for other requests: scripts ask again by themselves."""
    if not is_form(request):
        return unavailable()
    parameters = request.GET.copy()
    parameters.setdefault(KEY, uuid.uuid4().hex)
    context = {
        "fields": [(name, value) for name, values in request.POST.lists() for value in values],
        "parameters": parameters.urlencode(),
        "n_waiting": load_shedding.n_waiting(),
        "seconds": AGAIN_AFTER,
    }
    headers = {"Retry-After": str(AGAIN_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string("wait.html", context), status=HTTPStatus.ACCEPTED, headers=headers)
