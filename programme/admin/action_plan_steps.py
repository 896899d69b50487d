"""The form in which organisers add, change and remove the steps of Action Plans (decision 78)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.action_plan_steps import remove_step, save_step
from programme.admin.action_plan_pages import CHANGE, page
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.action_plan_steps import StepForm
from programme.models import ActionPlanStep, Edition
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def action_plan_step_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the form of a new step, which comes last; on POST add it."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    last = edition.steps.last()
    return step_page(request, edition, ActionPlanStep(edition=edition, position=last.position + 1 if last else 1))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def action_plan_step(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show a step in its form; on POST change it, or remove it with `remove`."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    step = get_object_or_404(edition.steps, pk=pk)
    step.edition = edition
    if "remove" not in request.POST:
        return step_page(request, edition, step)
    try:
        remove_step(step=step, by=signed_in(request))
        messages.success(request, _("“%(step)s” has been removed.") % {"step": step})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme-staff:action-plans", edition.slug)


def step_page(request: HttpRequest, edition: Edition, step: ActionPlanStep) -> HttpResponse:
    form = StepForm(request.POST if request.method == "POST" else None, instance=step)
    if form.is_valid():
        try:
            save_step(step=form.instance, seen=form.cleaned_data["seen"], by=signed_in(request))
        except NotAsReadError as error:
            present = get_object_or_404(edition.steps, pk=step.pk)
            form = StepForm({**request.POST.dict(), "seen": present.seen}, instance=step)
            form.add_error(None, form_error(error))
            return step_form(request, edition, step, form, present=present, status=409)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("“%(step)s” has been saved. Cities see it now.") % {"step": step})
            return redirect("programme-staff:action-plans", edition.slug)
    return step_form(request, edition, step, form, status=422 if form.is_bound else 200)


def step_form(
    request: HttpRequest,
    edition: Edition,
    step: ActionPlanStep,
    form: StepForm,
    *,
    present: ActionPlanStep | None = None,
    status: int,
) -> HttpResponse:
    """Show a form. `present`: the step as somebody else has saved it meanwhile."""
    context = {
        "title": _("Step of the Action Plan"),
        "step": step,
        "form": form,
        "present": present,
        "has_parts": bool(step.pk) and step.parts.exists(),
    }
    return page(request, edition, "admin/programme/action_plan_step.html", context, status=status)
