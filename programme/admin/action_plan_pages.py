"""Action Plans for organisers: all cities by step, one city's plan, feedback and pairs (decision 68)."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from programme.access import staff_edition
from programme.actions.action_plans import add_comment, change_state
from programme.actions.peer_feedback import pair_cities
from programme.admin.action_plan_zip import plans_as_zip
from programme.admin.downloads import log_download
from programme.errors import ProgrammeError
from programme.forms.action_plans import CommentForm, PairsForm, StateForm
from programme.models import ActionPlanPart, Delegation, Edition, PeerFeedback
from programme.plan_access import staff_plan_file
from programme.queries.action_plans import comments_on, former_dues, parts_of, steps_with
from programme.queries.city_plans import city_plans, counts_of, whole_parts
from programme.queries.peer_feedback import pairs_with_cities, rubric_of
from programme.queries.published_programme import published_programme
from programme.rules.action_plans import BY_ORGANISERS
from programme.views.answer_files import as_download
from udtacademy.accounts.requests import signed_in
from udtacademy.http.parameters import whole_number

VIEW, CHANGE = "programme.view_actionplan", "programme.change_actionplan"
WRITE = "programme.change_campaign"
STATES = {it.value: it for it in BY_ORGANISERS}


@never_cache
@require_safe
def action_plans(request: HttpRequest, edition_slug: str) -> HttpResponse:
    return plans_page(request, staff_edition(request.user, edition_slug, VIEW))


def plans_page(
    request: HttpRequest, edition: Edition, *, form: PairsForm | None = None, status: int = 200
) -> HttpResponse:
    """Show all cities by step, who is late, and the pairs."""
    now = timezone.now()
    programme, plans = city_plans(edition, now)
    counts = counts_of(programme, plans, now)
    former = former_dues([it.own for it in counts], programme, now)
    context = {
        "title": _("Action Plans"),
        "plans": plans,
        "counts": [(it, former.get(it.own.step.pk)) for it in counts],
        "pairs": (pairs := list(pairs_with_cities(PeerFeedback.objects.filter(edition=edition)))),
        "pairs_stay": any(it.is_given for it in pairs),
        "to_read": {it.delegation.pk for it in plans if any(own.part and own.part.submitted for own in it.steps)},
        "without_pair": [it.delegation for it in plans if not it.n_to_give] if pairs else [],
        "form": form or PairsForm(),
        "may_write": request.user.has_perm(WRITE),
    }
    return page(request, edition, "admin/programme/action_plans.html", context, status=status)


@require_safe
def action_plans_zip(request: HttpRequest, edition_slug: str) -> StreamingHttpResponse:
    """Send all plans, drafts as well, in one file; and log who downloads it."""
    edition = staff_edition(request.user, edition_slug, VIEW)
    name = f"{edition.slug}-action-plans.zip"
    log_download(request, edition, "action-plans.zip")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(plans_as_zip(edition), content_type="application/zip", headers=headers)


@require_POST
def action_plan_pairs(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Pair all cities for peer feedback."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    form = PairsForm(request.POST)
    if not form.is_valid():
        return plans_page(request, edition, form=form, status=422)
    try:
        n = pair_cities(edition=edition, n=form.cleaned_data["n"], by=signed_in(request))
        messages.success(request, ngettext("There is %(n)s pair now.", "There are %(n)s pairs now.", n) % {"n": n})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme-staff:action-plans", edition.slug)


@never_cache
@require_safe
def action_plan(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, VIEW)
    return plan_page(request, edition, delegation_in(edition, pk))


def delegation_in(edition: Edition, pk: int) -> Delegation:
    delegation = get_object_or_404(edition.delegations.select_related("city"), pk=pk)
    delegation.edition = edition
    return delegation


def plan_page(
    request: HttpRequest,
    edition: Edition,
    delegation: Delegation,
    *,
    forms: dict[int, tuple[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show what a city has written, with comments and what peers said. `forms`: one with mistakes, by the part's primary key."""
    programme = published_programme(edition.slug)
    steps = steps_with(programme, parts_of(delegation.pk), timezone.now()) if programme else []
    comments = comments_on([it.part for it in steps if it.part])
    received = pairs_with_cities(PeerFeedback.objects.filter(receiver=delegation, given_at__isnull=False))
    context = {
        "title": _("Action Plan of %(city)s") % {"city": delegation.city.name},
        "delegation": delegation,
        "parts": [
            (it, [one for one in comments if it.own.part and one.part_id == it.own.part.pk], forms_of(it, forms or {}))
            for it in whole_parts(steps)
        ],
        "received": [(it, rubric_of(it)) for it in received],
    }
    return page(request, edition, "admin/programme/action_plan.html", context, status=status)


def forms_of(part: Any, forms: dict[int, tuple[str, Any]]) -> dict[str, Any]:
    """Return the forms of a part: to comment on it, and to give feedback on what was submitted."""
    if part.own.part is None:
        return {}
    name, form = forms.get(part.own.part.pk, ("", None))
    prefix = f"part-{part.own.part.pk}"
    shown: dict[str, Any] = {"comment": CommentForm(prefix=prefix), "state": StateForm(prefix=f"{prefix}-state")}
    return shown | ({name: form} if name else {})


def part_in(edition: Edition, pk: int, part_pk: int) -> ActionPlanPart:
    rows = ActionPlanPart.objects.filter(edition=edition, plan__delegation=pk)
    return get_object_or_404(rows, pk=part_pk)


@require_POST
def action_plan_state(request: HttpRequest, edition_slug: str, pk: int, part_pk: int) -> HttpResponse:
    """Give feedback on a part, say that it is final, or give it back."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    part = part_in(edition, pk, part_pk)
    form, state = StateForm(request.POST, prefix=f"part-{part.pk}-state"), STATES.get(request.POST.get("state", ""))
    if state and form.is_valid():
        try:
            seen, comment = whole_number(request.POST.get("submitted", "")), form.cleaned_data["text"]
            is_new = change_state(part=part, state=state, seen=seen, comment=comment, by=signed_in(request))
            messages.success(request, said(is_new=is_new, has_comment=bool(comment.strip())))
            return redirect("programme-staff:action-plan", edition.slug, pk)
        except ProgrammeError as error:
            form.add_error("text", str(error))
    return plan_page(request, edition, delegation_in(edition, pk), forms={part.pk: ("state", form)}, status=422)


def said(*, is_new: bool, has_comment: bool) -> str:
    """Return what became of a new state and a comment."""
    if is_new:
        return _("The city sees it in its portal.")
    if has_comment:
        return _("The state was set already. Your words have been added as a comment.")
    return _("The state was set already. Nothing has changed.")


@require_POST
def action_plan_comment(request: HttpRequest, edition_slug: str, pk: int, part_pk: int) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, CHANGE)
    part = part_in(edition, pk, part_pk)
    form = CommentForm(request.POST, prefix=f"part-{part.pk}")
    if not form.is_valid():
        return plan_page(request, edition, delegation_in(edition, pk), forms={part.pk: ("comment", form)}, status=422)
    add_comment(part=part, text=form.cleaned_data["text"], by=signed_in(request))
    messages.success(request, _("Your comment has been added."))
    return redirect("programme-staff:action-plan", edition.slug, pk)


@never_cache
@require_safe
def action_plan_file(request: HttpRequest, edition_slug: str, token: str) -> HttpResponse:
    return as_download(staff_plan_file(request.user, edition_slug, token))


def page(
    request: HttpRequest, edition: Edition, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    more = {"edition": edition, "may_change": request.user.has_perm(CHANGE)}
    context = admin.site.each_context(request) | more | context
    with timezone.override(edition.zone):
        return TemplateResponse(request, template, context, status=status).render()
