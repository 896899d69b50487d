"""Give every request an id, time it, and log it with its route, not its URL, which may contain secrets."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from udtacademy.monitoring.metrics import REQUEST_SECONDS
from udtacademy.request_ids import request_id

logger = logging.getLogger(__name__)

# From a proxy; anything longer or with other characters could forge log entries.
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")  # `request.headers` would parse them all
        identifier = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(identifier)
        started = time.perf_counter()
        translation.activate(settings.LANGUAGE_CODE)  # without it, each translation would search for a language
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            route = request.resolver_match.route if request.resolver_match else "none"
            method = request.method if request.method in {"GET", "HEAD", "POST"} else "other"
            REQUEST_SECONDS.labels(method, route, f"{response.status_code // 100}xx").observe(seconds)
            fields = {"method": method, "route": route, "status": response.status_code, "ms": round(seconds * 1000, 1)}
            logger.info("request", extra=fields)
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = identifier
        return without_body(response) if request.method == "HEAD" else response


def without_body(response: HttpResponse) -> HttpResponse:
    """Return the response to HEAD: empty, with the length of GET. gunicorn warns about each body that it has to drop."""
    if not response.streaming and response.content:
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
    return response
