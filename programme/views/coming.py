"""Whether a participant still comes to the days in person: one page, one button (decision 51)."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.coming import ComingOutcome, say_no, say_yes
from programme.errors import ProgrammeError
from programme.forms.coming import ComingForm
from programme.panels import PORTAL, Panel
from programme.queries.coming import own_question
from programme.queries.participant_programme import OwnProgramme
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_returning_to("programme:coming")
def coming(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the question and its buttons; only a POST answers, and only of somebody signed in."""
    programme = access.registered_programme(request.user, edition_slug)
    form = ComingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        participant, days = programme.participant, form.cleaned_data["days"]
        try:
            with timezone.override(programme.edition.zone):
                answer = say_yes if form.is_coming else say_no
                outcome = answer(participant=participant, days=days, by=signed_in(request))
            tell(request, outcome, is_coming=form.is_coming)
        except ProgrammeError as error:
            messages.error(request, str(error))
        return redirect("programme:coming", edition_slug)
    context = {
        "participant": programme.participant,
        "edition": programme.edition,
        "form": form,
        "typed_by": form_recovery.signature_of(signed_in(request)),
        **state_of(programme, timezone.now()),
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/coming.html", context, status=422 if form.is_bound else 200)


def tell(request: HttpRequest, outcome: ComingOutcome, *, is_coming: bool) -> None:
    """Say what the answer changed."""
    if outcome.is_changed:
        thanks = _("Thank you. We are looking forward to seeing you.") if is_coming else _("Thank you for telling us.")
        messages.success(request, thanks)
    for text in outcome.seats:
        messages.info(request, text)


def state_of(programme: OwnProgramme, now: dt.datetime) -> dict[str, Any]:
    """Return what the page and the portal show of the question."""
    question = own_question(programme, now)
    return {"question": question, "window": question.rule.window(now).value if question else ""}


def panel(programme: OwnProgramme) -> dict[str, Any]:
    """Return what the portal shows of an answer that can still be changed."""
    return {"edition": programme.edition, **state_of(programme, timezone.now())}


def register() -> None:
    PORTAL.append(Panel("programme/_portal_coming.html", panel))
