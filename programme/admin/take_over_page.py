"""The page on which organisers hand a person's place over to a colleague."""

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.take_overs import check_place, take_over
from programme.errors import ProgrammeError
from programme.forms.take_overs import TakeOverForm
from programme.models import Participant
from programme.queries.places import seats_to_hand_over
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_take_over(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Register a colleague in a person's place. What follows is on the page."""
    edition = staff_edition(request.user, edition_slug, "programme.change_participant")
    place = get_object_or_404(Participant.objects.with_people(), edition=edition, pk=pk)
    back = reverse("admin:programme_participant_change", args=[place.pk])
    problem = problem_of(place)
    form = TakeOverForm(request.POST if request.method == "POST" and not problem else None, place=place)
    if form.is_valid() and (successor := taken_over(request, place, form)):
        return HttpResponseRedirect(reverse("admin:programme_participant_change", args=[successor.pk]))
    context = {
        **admin.site.each_context(request),
        "title": _("Hand over the place of %(name)s") % {"name": place},
        "edition": edition,
        "place": place,
        "form": form,
        "problem": problem,
        "seats": seats_to_hand_over(place, timezone.now()),
        "offer": place.offers.open(timezone.now()).first(),
        "back_url": back,
    }
    status = 422 if form.is_bound else 409 if problem and request.method == "POST" else 200
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/person_take_over.html", context, status=status).render()


def problem_of(place: Participant) -> str:
    """Return why nobody can take over the place; empty if somebody can."""
    try:
        check_place(place)
    except ProgrammeError as error:
        return str(error)
    return ""


def taken_over(request: HttpRequest, place: Participant, form: TakeOverForm) -> Participant | None:
    """Hand the place over as a valid form says. Return the successor; None if it cannot be done: the form says why."""
    cleaned = form.cleaned_data
    try:
        successor = take_over(
            participant=place,
            email=cleaned["email"],
            name=cleaned["name"],
            takes_role=form.takes_the_role,
            by=signed_in(request),
        )
    except ProgrammeError as error:
        form.add_error("email", form_error(error))
        return None
    except IntegrityError:
        form.add_error(None, _("Somebody else has just changed this place. Reload the page, then try again."))
        return None
    text = _("%(successor)s has taken over the place of %(name)s.")
    messages.success(request, text % {"successor": successor, "name": place})
    return successor
