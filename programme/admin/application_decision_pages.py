"""Decide about selected applications on one page, and undo a decision that has not been sent (decision 57)."""

import datetime as dt
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from programme.access import application_in, edition_with_applications
from programme.actions.application_decisions import decide_applications, undo_decision
from programme.admin.application_pages import CHANGE, VIEW, page
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.application_decisions import DecisionForm
from programme.models import Application, ApplicationDecision, Edition
from programme.panels import EMAIL_PLANS, EmailPlan, PlannedEmails
from programme.queries.application_decisions import plan_decision, waiting_decisions
from programme.rules.applications import OUTCOMES, UNDO_FOR
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation
from udtacademy.http.parameters import whole_number

State = Application.State
TITLES = {
    State.ACCEPTED: gettext_lazy("Accept applications"),
    State.WAITING: gettext_lazy("Put applications on the waiting list"),
    State.DECLINED: gettext_lazy("Decline applications"),
}


@require_POST
def application_decide(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Ask what goes with a decision about the selected applications, and decide once it is agreed to: all of them or none."""
    edition, by = edition_with_applications(request.user, edition_slug, CHANGE), signed_in(request)
    outcome = request.POST.get("outcome", "")
    if outcome not in OUTCOMES:
        raise Http404
    pks = [pk for it in request.POST.getlist("application") if (pk := whole_number(it)) is not None]
    if not pks:
        messages.error(request, _("Select at least one application first. Nothing was done."))
        return redirect("programme-staff:applications", edition.slug)
    plan = plan_decision(edition, outcome, pks, by)
    is_sent = "apply" in request.POST
    form = DecisionForm(request.POST if is_sent else None, plan=plan)
    confirmation = Confirmation(effects=plan.effects, n_emails=len(plan.chosen))
    problem, status = "", 200
    if is_sent and form.is_valid() and plan.chosen:
        try:
            check_agreed(confirmation, request)
            made = decide_applications(edition=edition, outcome=outcome, seen=plan.seen, by=by, **form.cleaned_data)
        except ProgrammeError as error:
            problem, status = str(error), 409
        else:
            say_decided(request, made)
            return redirect("programme-staff:applications", edition.slug)
    elif is_sent:
        status = 422
    context = {
        "title": TITLES[State(outcome)],
        "plan": plan,
        "form": form,
        "confirmation": confirmation,
        "problem": problem,
        "minutes": int(UNDO_FOR.total_seconds() // 60),
    }
    return page(request, edition, "admin/programme/application_decide.html", context, status=status)


def check_agreed(confirmation: Confirmation, request: HttpRequest) -> None:
    """Raise NotAsReadError if what would be decided is not what the organiser has read."""
    if not confirmation.is_agreed_to(request.POST):
        text = _("This has changed since you opened the page. Nothing was done. Check the page, then confirm again.")
        raise NotAsReadError(text)


def say_decided(request: HttpRequest, made: list[ApplicationDecision]) -> None:
    text = ngettext(
        "%(n)s application decided. Its email leaves in %(minutes)s minutes at the earliest.",
        "%(n)s applications decided. Their emails leave in %(minutes)s minutes at the earliest.",
        len(made),
    )
    text %= {"n": len(made), "minutes": int(UNDO_FOR.total_seconds() // 60)}
    if all(it.before != State.ACCEPTED for it in made):
        until = ngettext("Until then you can undo the decision.", "Until then you can undo each decision.", len(made))
        text = f"{text} {until}"
    messages.success(request, text)


def planned(user: User, edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:  # noqa: ARG001 - as all plans
    """Yield the emails about decisions that wait until they cannot be undone, by their time. One query; none without applications."""
    if edition.takes_applications and user.has_perm(VIEW):
        url = reverse("programme-staff:applications", args=[edition.slug])
        for at, n in waiting_decisions(edition):
            yield PlannedEmails(at, _("Decisions about applications of cities"), url, n)


def register() -> None:
    EMAIL_PLANS.append(EmailPlan(planned, lambda _edition, emails, _now: [int(it.about) for it in emails]))


@require_POST
def application_undo(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Undo the decision that the applicant does not know yet."""
    edition = edition_with_applications(request.user, edition_slug, CHANGE)
    application = application_in(edition, pk)
    decision = application.decisions.untold().first()
    try:
        if decision and undo_decision(decision=decision, by=signed_in(request)):
            messages.success(request, _("The decision has been undone. The city is not told of it."))
        else:
            messages.error(request, _("The email has left already. Decide again instead."))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme-staff:application", edition.slug, application.pk)
