"""A city's standing for its coordinators, who ask there for excuses for colleagues."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access, wording
from attendance.actions.excuses import ask_excuse
from attendance.forms.excuses import ColleagueExcuseForm, typed_reason
from attendance.models import Excuse
from attendance.queries.city_cells import city_page
from programme.access import coordinator
from programme.errors import ProgrammeError
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_safe
@login_required
def city_standing(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show a coordinator who from the city attended which core session, and what is missing."""
    participant = coordinator(request.user, edition_slug)
    edition, page = participant.edition, city_page(participant, timezone.now())
    context = {
        "participant": participant,
        "edition": edition,
        "city": page.city,
        "core": page.core,
        "standing_label": wording.STANDINGS[page.city.standing],
        "rows": [(person, wording.STANDINGS[person.reasoned.standing], cells) for person, cells in page.people],
    }
    with timezone.override(edition.zone):
        return render(request, "attendance/city_standing.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(typed_reason)
def colleague_excuse(request: HttpRequest, edition_slug: str, pk: int, session_slug: str) -> HttpResponse:
    """Ask for an excuse for a colleague, as the coordinator. 404 where the city's page offers no request and none waits."""
    user = signed_in(request)
    colleague, cell = access.colleague_cell(user, edition_slug, pk, session_slug)
    session = cell.session
    posted = request.POST if request.method == "POST" else None
    form = ColleagueExcuseForm(posted, initial=form_recovery.saved_answers(request, user))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            ask_excuse(participant=colleague, session=session, kind=Excuse.Kind.EXCUSE, reason=reason, by=user)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            form_recovery.forget(request)
            text = _("Request sent to the organisers. %(name)s sees it on their attendance page.")
            messages.success(request, text % {"name": colleague})
            return redirect("attendance:city", edition_slug)
    context = {
        "colleague": colleague,
        "edition": colleague.edition,
        "session": session,
        "form": form,
        "is_waiting": cell.is_waiting,
        "typed_by": form_recovery.signature_of(user),
    }
    with timezone.override(colleague.edition.zone):
        return render(request, "attendance/colleague_excuse.html", context, status=422 if form.is_bound else 200)
