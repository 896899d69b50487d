"""What organisers enter about an application: points, a conflict of interest, notes; and the criteria of the edition."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from programme.access import application_in, edition_with_applications
from programme.actions.application_scores import (
    add_note,
    declare_conflict,
    lift_conflict,
    save_criteria,
    save_scores,
    token_of_criteria,
)
from programme.admin.application_pages import CHANGE, detail_page, page
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.application_decisions import (
    ConflictForm,
    CriteriaForms,
    NoteForm,
    ScoreForm,
    criteria_initial,
    criteria_rows,
)
from programme.models import Application
from udtacademy.accounts.requests import signed_in


@require_POST
def application_score(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Save the visitor's points for an application."""
    edition = edition_with_applications(request.user, edition_slug, CHANGE)
    application = application_in(edition, pk)
    form = ScoreForm(request.POST, criteria=list(edition.criteria.all()), present={})
    if not form.is_valid():
        return detail_page(request, application, status=422, score_form=form)
    try:
        save_scores(application=application, points=form.points(), by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your points have been saved."))
    return back_to(application)


@require_POST
def application_conflict(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Declare a conflict of interest of the visitor."""
    application = application_in(edition_with_applications(request.user, edition_slug, CHANGE), pk)
    form = ConflictForm(request.POST)
    if not form.is_valid():
        return detail_page(request, application, status=422, conflict_form=form)
    if declare_conflict(application=application, reason=form.cleaned_data["reason"], by=signed_in(request)):
        messages.success(request, _("Your conflict of interest is recorded. You can no longer see the scores."))
    return back_to(application)


@require_POST
def application_conflict_lift(request: HttpRequest, edition_slug: str, pk: int, conflict_pk: int) -> HttpResponse:
    """Remove a colleague's conflict of interest that was declared by mistake."""
    application = application_in(edition_with_applications(request.user, edition_slug, CHANGE), pk)
    conflict = get_object_or_404(application.conflicts.select_related("organiser"), pk=conflict_pk)
    conflict.application = application
    try:
        if lift_conflict(conflict=conflict, by=signed_in(request)):
            text = _("The conflict of interest of %(name)s has been removed.")
            messages.success(request, text % {"name": conflict.organiser})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return back_to(application)


@require_POST
def application_note(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    application = application_in(edition_with_applications(request.user, edition_slug, CHANGE), pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return detail_page(request, application, status=422, note_form=form)
    try:
        add_note(application=application, text=form.cleaned_data["text"], by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your note has been saved."))
    return back_to(application)


@require_http_methods(["GET", "HEAD", "POST"])
def application_criteria(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show and save the criteria of the edition."""
    edition = edition_with_applications(request.user, edition_slug, CHANGE)
    posted = request.POST if request.method == "POST" else None
    criteria = list(edition.criteria.all())
    forms = CriteriaForms(posted, initial=criteria_initial(criteria), prefix="criteria")
    as_read = posted.get("as_read", "") if posted is not None else token_of_criteria(criteria)
    problem, is_stale = "", False
    if posted is not None and forms.is_valid():
        try:
            save_criteria(edition=edition, rows=criteria_rows(forms), by=signed_in(request), as_read=as_read)
        except NotAsReadError as error:
            problem, is_stale = str(error), True
        except ProgrammeError as error:
            problem = str(error)
        else:
            messages.success(request, _("The criteria have been saved."))
            return redirect("programme-staff:application-criteria", edition.slug)
    context = {
        "title": _("Criteria"),
        "forms": forms,
        "problem": problem,
        "as_read": as_read,
        "is_stale": is_stale,
    }
    status = 409 if is_stale else 422 if posted is not None else 200
    return page(request, edition, "admin/programme/application_criteria.html", context, status=status)


def back_to(application: Application) -> HttpResponse:
    return redirect("programme-staff:application", application.edition.slug, application.pk)
