"""Match the people of a meeting report: a page at once, or one by one with others on the same connection."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from attendance import access
from attendance.actions.reported_people import choose_people, share_connection, unshare_connection
from attendance.forms.reported_people import PersonForm, ShareForm, choices_of, saved_text, typed_in
from attendance.models import Report, ReportedPerson
from attendance.queries.report_review import Review
from attendance.views.board import page_context
from attendance.views.reports import person_forms, review_page
from programme.errors import ProgrammeError
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@require_POST
def report_choose(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Save the choices about the people of one page: all of them, or none if one is wrong."""
    report = access.staff_report(request.user, edition_slug, pk)
    by = signed_in(request)
    number, group = request.POST.get("page", "1"), request.POST.get("group", "")
    review = Review(report, by, wanted=group, number=number, typed=typed_in(request.POST))
    forms = person_forms(review, request.POST)
    if [form for form in forms if not form.is_valid()]:
        return review_page(request, report, people=forms, status=422)
    choices = choices_of(forms)
    try:
        if choices:
            choose_people(choices=choices, by=by)
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, saved_text(choices))
    return redirect(reverse("attendance-staff:report", args=[edition_slug, pk]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_person(request: HttpRequest, edition_slug: str, pk: int, person_pk: int) -> HttpResponse:
    """Show one person of a report: when they were there, who it is, and who else used the connection."""
    report = access.staff_report(request.user, edition_slug, pk)
    person = access.reported_person(report, person_pk)
    review = Review(report, signed_in(request))
    form = person_form(review, person, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            if form.is_new:
                choose_people(choices=[form.choice], by=signed_in(request))
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("Saved: %(name)s") % {"name": person})
            return redirect("attendance-staff:report", edition_slug, pk)
    return person_page(request, report, person, form=form, status=422 if form.is_bound else 200)


def person_form(review: Review, person: ReportedPerson, data: Any = None) -> PersonForm:
    suggested = review.suggested([person])[person.pk]
    if person.participant and person.participant not in suggested:
        suggested = [person.participant, *suggested]
    return PersonForm(data, person=person, suggested=suggested, find_participant=review.people.find)


def person_page(
    request: HttpRequest,
    report: Report,
    person: ReportedPerson,
    *,
    form: PersonForm | None = None,
    sharing: ShareForm | None = None,
    status: int = 200,
) -> HttpResponse:
    review = Review(report, signed_in(request))
    context = page_context(request, str(person)) | {
        "edition": report.edition,
        "report": report,
        "person": person,
        "intervals": [(dt.datetime.fromisoformat(a), dt.datetime.fromisoformat(b)) for a, b in person.intervals],
        "form": form or person_form(review, person),
        "sharing": sharing or ShareForm(find_participant=review.people.find),
        "shared": person.shared.select_related("participant__user", "participant__delegation__city", "by"),
        "people": review.people,
    }
    with timezone.override(report.edition.zone):
        return render(request, "admin/attendance/report_person.html", context, status=status)


@require_POST
def report_share(request: HttpRequest, edition_slug: str, pk: int, person_pk: int) -> HttpResponse:
    """Record another participant on the same connection."""
    report = access.staff_report(request.user, edition_slug, pk)
    person = access.reported_person(report, person_pk)
    form = ShareForm(request.POST, find_participant=Review(report, signed_in(request)).people.find)
    if form.is_valid():
        participant, note = form.cleaned_data["who"], form.cleaned_data["note"]
        try:
            share_connection(person=person, participant=participant, note=note, by=signed_in(request))
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("Recorded: %(name)s was also on this connection.") % {"name": participant})
            return redirect("attendance-staff:report-person", edition_slug, pk, person_pk)
    return person_page(request, report, person, sharing=form, status=422)


@require_POST
def report_unshare(request: HttpRequest, edition_slug: str, pk: int, person_pk: int, shared_pk: int) -> HttpResponse:
    """Delete a shared connection."""
    report = access.staff_report(request.user, edition_slug, pk)
    person = access.reported_person(report, person_pk)
    shared = get_object_or_404(person.shared.select_related("person__report", "participant__user"), pk=shared_pk)
    try:
        unshare_connection(shared=shared)
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Removed %(name)s from this connection.") % {"name": shared.participant})
    return redirect("attendance-staff:report-person", edition_slug, pk, person_pk)
