"""Flash messages: shown once, by a page that somebody sees."""

import django.contrib.messages.middleware
from django.http import HttpRequest, HttpResponse


class MessageMiddleware(django.contrib.messages.middleware.MessageMiddleware):
    """Django's middleware, but messages that a HEAD request rendered are kept: nobody saw them."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method == "HEAD" and hasattr(request, "_messages"):
            request._messages.used = False  # noqa: SLF001 - Django has no other way
        return super().process_response(request, response)
