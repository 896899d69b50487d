"""Public pages of a programme, kept for each kind of visitor."""

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from programme import access
from programme.queries.participants import takes_part
from udtacademy.http.page_cache import cached_response


def public_page(request: HttpRequest, edition_slug: str, page: Callable[[bool], HttpResponse]) -> HttpResponse:
    """Return the response of `page`, cached for a minute by the programme's state and the kind of visitor.

    A minute, because pages show what is next and what is over. Kinds differ in the links of the page: signed in or not, taking
    part in the edition or not. `page` is given whether the visitor takes part, and must contain nothing about one person.
    Pages for staff, who may see more sessions, and pages with messages are not cached.
    """
    visitor = request.user
    state = access.visible_state(visitor, edition_slug)
    is_mine = takes_part(visitor, state.pk)
    if visitor.is_staff or len(get_messages(request)):
        return page(is_mine)
    kind = (visitor.is_authenticated, is_mine)
    minute = timezone.now().replace(second=0, microsecond=0)
    response = cached_response(request, (request.path, state, minute, kind), lambda: page(is_mine))
    patch_vary_headers(response, ["Cookie"])
    return response
