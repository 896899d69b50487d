"""A city's Action Plan: how far it is, who reads it, and the plans of others (decision 68)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from programme import plan_access
from programme.actions.action_plans import release_plan, share_plan
from programme.actions.peer_feedback import choose_peer
from programme.errors import ProgrammeError
from programme.forms.action_plans import PeerForm, ReleaseForm, SharingForm
from programme.queries.action_plans import former_dues, own_steps, plan_of
from programme.queries.participant_programme import OwnProgramme
from programme.queries.peer_feedback import peers_of, rubric_of
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in


@never_cache
@require_safe
@login_required
def action_plan(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the steps with their states, what peers said, and whose plans can be read."""
    return plan_page(request, plan_access.own_plan(request.user, edition_slug))


def plan_page(
    request: HttpRequest, programme: OwnProgramme, *, form: PeerForm | None = None, status: int = 200
) -> HttpResponse:
    participant, now = programme.participant, timezone.now()
    steps, peers, plan = own_steps(programme, now), peers_of(participant.delegation), plan_of(participant.delegation)
    former = former_dues(steps, programme.published, now) if programme.published else {}
    context: dict[str, Any] = {
        "participant": participant,
        "edition": programme.edition,
        "steps": [(it, former.get(it.step.pk)) for it in steps],
        "is_shared": bool(plan and plan.is_shared),
        "is_released": bool(plan and plan.is_released),
        "peers": peers,
        "received": [(it, rubric_of(it)) for it in peers.received],
        "form": form or PeerForm(choices=peers.choices),
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/action_plan.html", context, status=status)


@require_POST
@form_recovery.login_required_returning_to("programme:action-plan")
def action_plan_sharing(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Share the plan with the other cities of the edition, or no longer. Coordinators only."""
    programme = plan_access.own_plan(request.user, edition_slug)
    if not programme.participant.is_coordinator:
        raise Http404
    form = SharingForm(request.POST)
    is_shared = form.is_valid() and form.cleaned_data["is_shared"]
    if share_plan(delegation=programme.participant.delegation, is_shared=is_shared, by=signed_in(request)):
        shared, closed = (
            _("The other cities can now read what you submit."),
            _("The other cities can no longer read it, except those that organisers have paired with you."),
        )
        messages.success(request, shared if is_shared else closed)
    return redirect("programme:action-plan", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:action-plan")
def action_plan_release(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Release the plan for the public results of the edition, or take it back. Coordinators only."""
    programme = plan_access.own_plan(request.user, edition_slug)
    if not programme.participant.is_coordinator:
        raise Http404
    form = ReleaseForm(request.POST)
    is_released = form.is_valid() and form.cleaned_data["is_released"]
    if release_plan(delegation=programme.participant.delegation, is_released=is_released, by=signed_in(request)):
        released, closed = (
            _("What you submit is shown with the results of the edition, once the organisers publish them."),
            _("Your plan is no longer shown with the results of the edition."),
        )
        messages.success(request, released if is_released else closed)
    return redirect("programme:action-plan", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:action-plan")
def action_plan_peer(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Choose a city to give feedback to."""
    programme = plan_access.own_plan(request.user, edition_slug)
    giver = programme.participant.delegation
    form = PeerForm(request.POST, choices=peers_of(giver).choices)
    if not form.is_valid():
        return plan_page(request, programme, form=form, status=422)
    try:
        choose_peer(giver=giver, receiver=form.cleaned_data["city"], by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect("programme:action-plan", edition_slug)
    return redirect("programme:other-action-plan", edition_slug, form.cleaned_data["city"].pk)
