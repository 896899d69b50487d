"""Issuing certificates to everybody who may have one, once an organiser has read who that is."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from attendance import access
from attendance.actions.certificate_runs import start_run
from attendance.forms.certificates import RunForm
from attendance.queries.certificate_plans import RunPlan, run_plan
from attendance.views.board import page_context
from attendance.views.missing_actions import CHANGED
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Edition
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation


@require_POST
def certificate_run(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show who would get a certificate; on the second POST, once that is agreed to, have them issued."""
    edition = staff_edition(request.user, edition_slug, access.ISSUE_CERTIFICATES)
    form = RunForm(request.POST)
    form.is_valid()  # a tick cannot be invalid
    with_attended = form.cleaned_data["with_attended"]
    now = timezone.now()
    plan = run_plan(edition, now, with_attended=with_attended)
    confirmation = Confirmation(sentences_of(plan), plan.effects, n_emails=len(plan.effects))
    is_agreed = bool(plan.effects) and confirmation.is_agreed_to(request.POST)
    problem = "" if is_agreed or "apply" not in request.POST else str(CHANGED)
    if is_agreed and "apply" in request.POST:
        try:
            start_run(edition=edition, with_attended=with_attended, by=signed_in(request))
        except ProgrammeError as error:
            problem = str(error)
        else:
            messages.success(request, _("Certificates are being issued. This page says how far that has come."))
            return redirect("attendance-staff:certificates", edition_slug)
    context = page_context(request, _("Issue certificates")) | {
        "edition": edition,
        "form": form,
        "plan": plan,
        "warnings": warnings_of(plan, edition, now),
        "confirmation": confirmation,
        "problem": problem,
    }
    return render(request, "admin/attendance/certificate_run.html", context, status=409 if problem else 200)


def warnings_of(plan: RunPlan, edition: Edition, now: dt.datetime) -> tuple[str, ...]:
    """Return that the edition is not over, if it is not, and what that means for who gets a certificate now."""
    if plan.n_core_ahead:
        text = ngettext(
            "%(n)s core session is still to come.", "%(n)s core sessions are still to come.", plan.n_core_ahead
        )
        texts = [text % {"n": plan.n_core_ahead}]
    elif not edition.is_over(now):
        texts = [
            _("The edition is not over: its last day is %(day)s.") % {"day": date_format(edition.last_on, "j F Y")}
        ]
    else:
        return ()
    if plan.attended:
        texts.append(
            _(
                "Who gets “took part” now keeps it. Once they have completed the programme, open their certificate and"
                " issue it again."
            )
        )
    if plan.completed:
        texts.append(_("A certificate lists what is over now. To add later sessions, open it and issue it again."))
    return tuple(texts)


def sentences_of(plan: RunPlan) -> tuple[str, ...]:
    """Return what happens, and to how many, without what happens to nobody."""
    texts = [
        (
            len(plan.completed),
            ngettext(
                "%(n)s person gets a certificate of having completed the programme.",
                "%(n)s people get a certificate of having completed the programme.",
                len(plan.completed),
            ),
        ),
        (
            len(plan.attended),
            ngettext(
                "%(n)s person gets a certificate of having taken part.",
                "%(n)s people get a certificate of having taken part.",
                len(plan.attended),
            ),
        ),
        (
            len(plan.nameless),
            ngettext(
                "%(n)s person has not given a name, and gets none until then.",
                "%(n)s people have not given a name, and get none until then.",
                len(plan.nameless),
            ),
        ),
        (
            plan.n_left_out,
            ngettext("%(n)s person gets none.", "%(n)s people get none.", plan.n_left_out),
        ),
    ]
    return tuple(text % {"n": n} for n, text in texts if n)
