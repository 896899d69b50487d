"""Correct the actual times of a session: first show what that changes, then save."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import access
from attendance.actions.actual_times import correct_actual_time, drop_actual_time, rehearse_actual_time
from attendance.actions.attendances import CertificateAtStakeError
from attendance.forms.decisions import ActualTimeForm
from attendance.models import Attendance
from attendance.views.board import page_context
from attendance.views.cells import status_label
from programme.models import Participant
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def actual_time(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show what corrected times would change; save them once agreed. With `drop`, return to the planned time."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.DECIDE)
    user = signed_in(request)
    if "drop" in request.POST:
        try:
            if drop_actual_time(session=session, by=user):
                messages.success(request, _("The planned time is used again."))
        except CertificateAtStakeError as error:
            messages.error(request, str(error))
        return redirect("attendance-staff:live", edition_slug, session_slug)
    form = ActualTimeForm(request.POST if request.method == "POST" else None, session=session)
    confirmation: Confirmation | None = None
    if form.is_valid():
        times = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at")}
        reason = form.cleaned_data["reason"]
        try:
            confirmation = Confirmation(sentences_of(rehearse_actual_time(session=session, by=user, **times)))
            if confirmation.is_agreed_to(request.POST) and "agreed" in request.POST:
                n = len(correct_actual_time(session=session, by=user, reason=reason, **times))
                text = ngettext("Saved. %(n)s attendance changed.", "Saved. %(n)s attendances changed.", n) % {"n": n}
                messages.success(request, text)
                return redirect("attendance-staff:live", edition_slug, session_slug)
        except CertificateAtStakeError as error:  # one may also have been issued since the rehearsal
            confirmation = None
            form.add_error(None, form_error(error))
    context: dict[str, Any] = page_context(request, _("Actual times")) | {
        "edition": session.edition,
        "session": session,
        "form": form,
        "confirmation": confirmation,
        "actual_time": getattr(session, "actual_time", None),
        "n_seen": Attendance.objects.established().filter(session=session).count(),
    }
    with timezone.override(session.edition.zone):
        is_wrong = form.is_bound and not form.is_valid()
        return render(request, "admin/attendance/actual_time.html", context, status=422 if is_wrong else 200)


def sentences_of(changed: dict[int, tuple[str, str]]) -> tuple[str, ...]:
    """Return a sentence for each cell that would change."""
    people = (
        Participant.objects.with_people().filter(pk__in=changed).order_by("delegation__city__name", "user__name", "pk")
    )
    return tuple(
        f"{it}, {it.delegation}: {status_label(changed[it.pk][0])} → {status_label(changed[it.pk][1])}" for it in people
    )
