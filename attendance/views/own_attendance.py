"""A participant's own attendance and requests."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance import access, wording
from attendance.actions.excuses import ask_excuse, withdraw_excuse
from attendance.certificates.issuer import can_sign
from attendance.forms.excuses import ExcuseForm, typed_request
from attendance.models import Excuse
from attendance.queries import standing
from attendance.queries.certificates import last_certificate
from attendance.queries.own_attendance import excuses_of, own_sessions, own_standing
from programme.access import registered_programme
from programme.errors import ProgrammeError
from programme.queries.places import place_of
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_safe
@login_required
def own_attendance(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the visitor's own sessions and standing."""
    programme = registered_programme(request.user, edition_slug)
    participant, now = programme.participant, timezone.now()
    sessions = own_sessions(programme, now, excuses_of(participant))
    reasoned = own_standing(programme, sessions, now)
    context = {
        "participant": participant,
        "edition": participant.edition,
        "sessions": sessions,
        "standing": reasoned.standing,
        "standing_label": wording.STANDINGS[reasoned.standing],
        "standing_summary": standing.summary_of(reasoned, now),
        "has_core": bool(reasoned.cases),
        "n_waiting": sum(one.is_asked for one in sessions),
        "before": place_of(participant),
        "certificate": (certificate := last_certificate(participant)),
        "has_file": certificate is not None and hasattr(certificate, "file"),
        "has_credential": can_sign() and hasattr(certificate, "status_entry"),
    }
    with timezone.override(participant.edition.zone):
        return render(request, "attendance/own_attendance.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(typed_request)
def excuse_request(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Send a request about one session."""
    user = signed_in(request)
    participant, session = access.own_session(user, edition_slug, session_slug)
    last = Excuse.objects.filter(participant=participant, session=session).order_by("asked_at", "pk").last()
    now, posted = timezone.now(), request.POST if request.method == "POST" else None
    form = ExcuseForm(posted, session=session, now=now, initial=form_recovery.saved_answers(request, user))
    if form.is_valid():
        try:
            ask_excuse(participant=participant, session=session, by=user, **form.asked())
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            form_recovery.forget(request)
            messages.success(request, _("Request sent to the organisers. You can see its state on this page."))
            return redirect("attendance:own-attendance", edition_slug)
    context = {
        "participant": participant,
        "edition": participant.edition,
        "session": session,
        "form": form,
        "last": last,
        "typed_by": form_recovery.signature_of(user),
    }
    with timezone.override(participant.edition.zone):
        return render(request, "attendance/excuse_request.html", context, status=422 if form.is_bound else 200)


@require_POST
@form_recovery.login_required_returning_to("attendance:own-attendance")
def excuse_withdraw(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Withdraw a request about the visitor, or one that they sent for a colleague."""
    user, excuse = signed_in(request), access.own_excuse(request.user, edition_slug, pk)
    if withdraw_excuse(excuse=excuse, by=user):
        messages.success(request, _("Request withdrawn."))
    else:
        messages.info(request, _("This request is no longer open, so it cannot be withdrawn."))
    is_own = excuse.participant.user_id == user.pk
    return redirect("attendance:own-attendance" if is_own else "attendance:city", edition_slug)
