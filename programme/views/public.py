"""Cached public pages of a programme."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from programme import access
from udtacademy.http.page_cache import kept_answer


def public_page(request: HttpRequest, edition_slug: str, page: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the response of `page`, cached for visitors without a cookie; others see their name or messages on it.

    The cache changes with the programme, and every minute, because pages show what is next and what is over.
    """
    if request.COOKIES:
        return page()
    state = access.visible_state(request.user, edition_slug)
    minute = timezone.now().replace(second=0, microsecond=0)
    response = kept_answer(request, (request.path, state, minute), page)
    patch_vary_headers(response, ["Cookie"])
    return response
