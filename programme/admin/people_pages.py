"""The pages on which organisers add a person, and correct a name or an address."""

from django.contrib import admin, messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.additions import add_people, check_can_tell
from programme.actions.corrections import correct_person
from programme.errors import DelegationFullError, ProgrammeError
from programme.forms.people import CorrectionForm, PersonForm
from programme.models import Edition, Participant
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Register one person as the organiser."""
    edition = staff_edition(request.user, edition_slug, "programme.add_participant")
    form = PersonForm(
        request.POST if request.method == "POST" else None, edition=edition, why_no_email=why_no_email(edition)
    )
    if form.is_valid() and added(request, edition, form):
        name = "participant-add" if "another" in request.POST else "participants"
        return HttpResponseRedirect(reverse(f"programme-staff:{name}", args=[edition.slug]))
    context = {
        **admin.site.each_context(request),
        "title": _("Add a person"),
        "edition": edition,
        "form": form,
        "back_url": reverse("programme-staff:participants", args=[edition.slug]),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/programme/person_add.html", context, status=status).render()


def why_no_email(edition: Edition) -> str:
    try:
        check_can_tell(edition)
    except ProgrammeError as error:
        return str(error)
    return ""


def added(request: HttpRequest, edition: Edition, form: PersonForm) -> bool:
    """Register the person of a valid form. Return whether it could be done; if not, the form says why."""
    try:
        (participant,) = add_people(
            edition=edition, newcomers=[form.newcomer], by=signed_in(request), tells=form.sends_email
        )
    except DelegationFullError as error:
        form.add_error("delegation", form_error(error))
    except ProgrammeError as error:
        form.add_error("email", form_error(error))
    except IntegrityError:
        form.add_error(None, _("Somebody else has just saved the same. Check the list of people."))
    else:
        text = _("%(name)s is registered and gets an email.") if form.sends_email else _("%(name)s is registered.")
        messages.success(request, text % {"name": participant})
        return True
    return False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_correct(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Correct the name or the address of a person."""
    edition = staff_edition(request.user, edition_slug, "programme.change_participant")
    participant = get_object_or_404(Participant.objects.with_people(), edition=edition, pk=pk)
    form = CorrectionForm(request.POST if request.method == "POST" else None, participant=participant)
    back = reverse("admin:programme_participant_change", args=[participant.pk])
    if form.is_valid() and corrected(request, participant, form):
        return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("Correct name or address: %(name)s") % {"name": participant},
        "edition": edition,
        "form": form,
        "back_url": back,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/programme/person_correct.html", context, status=status).render()


def corrected(request: HttpRequest, participant: Participant, form: CorrectionForm) -> bool:
    """Save a valid form. Return whether it could be done; if not, the form says why."""
    cleaned, by, before = form.cleaned_data, signed_in(request), form.user.email
    try:
        correct_person(participant=participant, by=by, **cleaned)
    except ProgrammeError as error:
        form.add_error("email", form_error(error))
        return False
    except IntegrityError:
        form.add_error("email", _("Somebody else has just taken this address."))
        return False
    if cleaned["email"] == before:
        messages.success(request, _("The name is corrected."))
    else:
        messages.success(request, _("The address is corrected. The new and the old address each get an email."))
    return True
