"""What came back from a person's address, on their page; and trying the address again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from programme.access import staff_edition
from programme.admin.messages import CHANGE
from programme.models import Participant
from programme.queries.stopped_addresses import address_state, gets_no_emails
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.outbox.stopped import try_again


def address(viewer: User, person: Participant) -> dict[str, Any]:
    """Return what came back from the person's address, and what the viewer may do about it. Two queries."""
    if not viewer.has_perm("outbox.view_message"):
        return {}
    state = address_state(person)
    return {
        "person": person,
        "state": state,
        "n_soft": len(state.soft),
        "may_try_again": viewer.has_perm(CHANGE),
        "may_correct": viewer.has_perm("programme.change_participant"),
    }


@require_POST
def person_try_again(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Send emails to a person's address again, those not sent in the last days first."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    person = get_object_or_404(Participant.objects.with_people(), edition=edition, pk=pk)
    email = person.user.email
    n_queued = try_again(address=email, by=signed_in(request))
    if n_queued is None:
        messages.info(request, _("%(email)s gets emails already.") % {"email": email})
    elif n_queued:
        text = ngettext(
            "%(email)s gets emails again. %(n)s email that was not sent is sent now.",
            "%(email)s gets emails again. %(n)s emails that were not sent are sent now.",
            n_queued,
        )
        messages.success(request, text % {"email": email, "n": n_queued})
    else:
        messages.success(request, _("%(email)s gets emails again.") % {"email": email})
    return redirect(reverse("admin:programme_participant_change", args=[person.pk]))


class AddressFilter(admin.SimpleListFilter):
    """Filters people by whether their address gets emails: a task of the overview leads here."""

    title = gettext_lazy("address")
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("stopped", gettext_lazy("gets no emails"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        return queryset.filter(gets_no_emails()) if self.value() == "stopped" else queryset
