"""The editions on the admin's first page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from programme import panels
from programme.models import Edition
from programme.queries.overview import edition_cards
from udtacademy.accounts.requests import signed_in


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return the editions that are not over, each with its panels, for staff who may see sessions."""
    if not request.user.has_perm("programme.view_session"):
        return {"overview": [], "past_editions": []}
    cards = edition_cards(request.user, timezone.now())
    summaries = [(panel.template, panel.summaries(signed_in(request), cards)) for panel in panels.EDITION_SUMMARY]
    return {
        "overview": [
            (card, [(template, by_edition[card.edition.pk]) for template, by_edition in summaries]) for card in cards
        ],
        "past_editions": Edition.objects.open_to(request.user)
        .exclude(pk__in=[card.edition.pk for card in cards])
        .latest_first(),
    }
