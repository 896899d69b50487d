"""For organisers: who gets an email after a core session, and settling its attendance."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access
from attendance.actions.chasers import digests_of, messages_of, settle_and_write
from attendance.queries.attendance_records import reported
from attendance.queries.chasers import (
    Chase,
    chase,
    has_waiting_report,
    registered_later,
    sessions_of_long_ago,
    sessions_to_chase,
)
from attendance.views.board import page_context
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in


@never_cache
@require_safe
def chasers_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show who gets an email after core sessions, and the next digest."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    now = timezone.now()
    chases = [chase(session) for session in sessions_to_chase(now, edition)]
    with_report = reported(it.session.pk for it in chases)
    context = page_context(request, _("Emails after core sessions of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "chases": [(it, late_ones(it), has_waiting_report(it.session), messages_of(it)[:1]) for it in chases],
        "without_report": {it.session for it in chases if it.session.is_online and it.session.pk not in with_report},
        "old": [chase(session, with_late=True) for session in sessions_of_long_ago(edition, now)],
        "digest": digests_of(edition, now, week_key="")[:1],
        "now": now,
        "can_settle": request.user.has_perm(access.SETTLE),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/chasers.html", context)


def late_ones(chased: Chase) -> list[Participant]:
    """Return people who registered after the session and have not been sent an email about it."""
    return [it for it in chase(chased.session, with_late=True).people if registered_later(it, chased.session)]


@require_POST
def chasers_settle(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Settle a session and email people who missed it; with `anyway` in the form the others too."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SETTLE)
    settle(request, session, signed_in(request), writes_anyway="anyway" in request.POST)
    return redirect("attendance-staff:chasers", edition_slug)


def settle(request: HttpRequest, session: Session, by: User, *, writes_anyway: bool) -> None:
    """Settle a session, and add a message with the number of emails or the reasons for none."""
    try:
        settled = settle_and_write(session=session, by=by, writes_anyway=writes_anyway)
    except ProgrammeError as error:
        messages.error(request, str(error))
        return
    n, reasons = settled.n_messages, {"reasons": " ".join(settled.why_nobody)}
    if n:
        text = ngettext("Session settled. Sending %(n)s email.", "Session settled. Sending %(n)s emails.", n)
        messages.success(request, text % {"n": n})
    elif settled.is_new:
        text = _("Session settled. No emails are sent. %(reasons)s") % reasons
        messages.success(request, text if settled.why_nobody else _("Session settled."))
    elif settled.why_nobody:
        messages.info(request, _("This session was already settled. No emails are sent. %(reasons)s") % reasons)
    else:
        messages.info(request, _("This session was already settled."))
