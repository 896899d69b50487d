"""The WSGI application."""

import os
from functools import lru_cache
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.urls import ResolverMatch, URLResolver, get_resolver
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "udtacademy.settings")


class WholeBody:
    """The body of a request, whose early end is an error: the server and Django would take what came for all of it.

    A proxy that reads requests whole never passes on such a body.
    """

    def __init__(self, body: Any) -> None:
        self.body, self.readline = body, body.readline

    def read(self, size: int) -> bytes:
        """Return `size` bytes, which Django never asks for beyond the Content-Length. Raises ConnectionResetError."""
        content: bytes = self.body.read(size)
        if len(content) < size:
            raise ConnectionResetError("The body of the request ended before its Content-Length.")
        return content


class Request(WSGIRequest):
    """A request with its whole body. Its Content-Type may name an encoding that does not exist: our middleware refuses it.

    Django would fail on it before any middleware runs, as it decodes the address with it.
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"])
        super().__init__(environ)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # far too long
            self.content_type, self.content_params = "", {"charset": "unreadable"}


@lru_cache(maxsize=500)
def resolved(resolver: URLResolver, path: str) -> ResolverMatch:
    """Return the view of a path. Comparing it with all URLs costs 7 % of a cached page, and more of a page of the admin."""
    return resolver.resolve(path)


class Handler(WSGIHandler):
    request_class = Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the view. Django also knows requests with a `urlconf` of their own, which ours never have."""
        request.resolver_match = match = resolved(get_resolver(), request.path_info)
        return match


django.setup(set_prefix=False)
application = Handler()
