"""Public pages of a programme, kept for each kind of visitor."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from programme import access
from programme.models import Participant
from programme.models.edition_state import EditionState
from programme.queries.participants import participant_visiting
from programme.rules.session_filters import MINE
from udtacademy.http.page_cache import cached_response, completed

OWN_PART = "<!-- own part -->"  # where it goes in a page


@dataclass(frozen=True)
class VisitorKind:
    """All that a kept page may depend on of a visitor. `held_in`: the sessions of their seats, if the page lists only those.

    Other pages have a mark at each session that takes seats, for people with `has_seats`: kept once, not for each choice of seats.
    """

    is_signed_in: bool
    is_mine: bool  # whether they take part, in whatever state
    has_seats: bool = False
    held_in: tuple[int, ...] = ()


def public_page(
    request: HttpRequest,
    edition_slug: str,
    page: Callable[[VisitorKind], HttpResponse],
    *,
    choice: object = None,
    shows_seats: bool = False,
    own_part: Callable[[Participant, EditionState], str] | None = None,
) -> HttpResponse:
    """Return the response of `page`, cached for a minute by the programme's state, the visitor's kind and their `choice`.

    A minute, because pages show what is now, what is next and what is over. `page` must depend on nothing else: it contains
    nothing about one person. `own_part` returns what is about somebody who takes part; it replaces OWN_PART and is never cached,
    as do the marks of their seats.
    Pages for staff, who may see more sessions, and pages with messages are not cached.
    """
    visitor = request.user
    state = access.visible_state(visitor, edition_slug)
    participant = participant_visiting(visitor, state.pk, with_seats=shows_seats)
    held_in = tuple(participant.held_in) if participant and shows_seats else ()
    kind = VisitorKind(
        visitor.is_authenticated, participant is not None, bool(held_in), held_in if choice == MINE else ()
    )
    if visitor.is_staff or len(get_messages(request)):
        response = page(kind)
    else:
        minute = timezone.now().replace(second=0, microsecond=0)
        response = cached_response(request, (request.path, state, minute, kind, choice), lambda: page(kind))
        patch_vary_headers(response, ["Cookie"])
    parts = {OWN_PART: own_part(participant, state)} if participant and own_part else {}
    if held_in:
        badge = render_to_string("programme/_your_seat.html")
        parts |= {f"<!-- seat {it} -->": badge for it in held_in}
    if parts:
        response = completed(response, parts)
    if participant and (own_part or shows_seats):
        patch_cache_control(response, private=True)
    return response
