"""Clients that refuse gzip by `gzip;q=0`, which neither Django nor WhiteNoise understands."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

REFUSED_GZIP = re.compile(r"\b(x-)?gzip\s*;\s*q=0(\.0*)?\s*(?=,|$)", re.IGNORECASE)


class RefusedGzipMiddleware:
    """Take a refused gzip out of Accept-Encoding, before anything looks for the word."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if "q=0" in accepted.lower():
            request.META["HTTP_ACCEPT_ENCODING"] = REFUSED_GZIP.sub("", accepted)
        return self.get_response(request)
