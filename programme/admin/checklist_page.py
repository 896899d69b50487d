"""The checklist of an edition that was copied, on its overview: where each item is done, how far it is, and who ticked it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from programme.access import staff_edition
from programme.actions.checklists import tick_item, untick_item
from programme.models import ChecklistItem, Edition
from programme.queries.checklists import checklist_of
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in

Kind = ChecklistItem.Kind
TICK = "programme.change_edition"
PAGES = {  # where an item is done: the name of its page, without the namespace
    Kind.DATES: "sessions",
    Kind.WEEKDAYS: "sessions",
    Kind.CLOCKS: "sessions",
    Kind.NO_DAY: "sessions",
    Kind.VENUE: "venues",
    Kind.LINKS: "sessions",
    Kind.CITIES: "delegations",
    Kind.COORDINATORS: "delegations",
}  # all others in the settings
STATES = {  # how far an item is, with names of `counts_of`; of all others only people can say
    Kind.DATES: gettext_lazy("Sessions confirmed: %(confirmed)s of %(counted)s."),
    Kind.NO_DAY: gettext_lazy("Sessions with a date: %(dated)s of %(counted)s."),
    Kind.LINKS: gettext_lazy("Online sessions with a meeting link: %(linked)s of %(online)s."),
    Kind.CITIES: gettext_lazy("Cities: %(cities)s."),
    Kind.COORDINATORS: gettext_lazy("Cities with a coordinator or an open invitation: %(invited)s of %(cities)s."),
}


@dataclass(frozen=True)
class ShownItem:
    """An item with its page. `state`: how far it is, worked out from the edition, whatever was ticked; empty if nobody can."""

    item: ChecklistItem
    url: str
    state: str

    def __str__(self) -> str:
        return _("%(item)s. %(state)s") % {"item": self.item, "state": self.state} if self.state else str(self.item)


def shown_checklist(user: User, edition: Edition, n: Mapping[str, Any]) -> list[ShownItem]:
    """Return the checklist for somebody who may tick it; for others, and for an edition without one, nothing. One query.

    `n`: from `counts_of`.
    """
    if not user.has_perm(TICK):
        return []
    return [ShownItem(item, url_of(item, edition), state_of(item, edition, n)) for item in checklist_of(edition)]


def state_of(item: ChecklistItem, edition: Edition, n: Mapping[str, Any]) -> str:
    if item.kind == Kind.PUBLICATION:
        return _("The edition is published.") if edition.is_published else _("The edition is not published.")
    state = STATES.get(Kind(item.kind), "")
    return state % {**n, "invited": n["cities"] - n["cities_to_invite"]} if state else ""


def url_of(item: ChecklistItem, edition: Edition) -> str:
    page = PAGES.get(Kind(item.kind), "settings")
    if item.kind == Kind.PUBLICATION and not edition.is_published:
        page = "publish"
    return reverse(f"programme-staff:{page}", args=[edition.slug])


@require_POST
def checklist_item(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Tick an item of the edition's checklist, or take the tick back with `undo`."""
    edition = staff_edition(request.user, edition_slug, TICK)
    item = get_object_or_404(edition.checklist, pk=pk)
    if "undo" in request.POST:
        if untick_item(item=item, by=signed_in(request)):
            messages.info(request, _("“%(item)s” is open again.") % {"item": item.get_kind_display()})
    elif tick_item(item=item, by=signed_in(request)):
        messages.success(request, _("“%(item)s” is ticked.") % {"item": item.get_kind_display()})
    return redirect(f"{reverse('programme-staff:overview', args=[edition.slug])}#checklist")
