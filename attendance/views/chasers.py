"""For organisers: who is written to after a core session, and saying that its attendance is settled."""

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
from attendance.chasers import chase, sessions_to_chase
from attendance.views.board import page_context
from programme.errors import ProgrammeError
from programme.views.registrations import signed_in


@never_cache
@require_safe
def chasers_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = access.staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    now = timezone.now()
    chases = [chase(session) for session in sessions_to_chase(now, edition)]
    context = page_context(request, _("After core sessions of %s") % edition) | {
        "edition": edition,
        "chases": [(it, messages_of(it)[:1]) for it in chases],
        "digest": digests_of(edition, now, week_key="")[:1],
        "now": now,
        "can_settle": request.user.has_perm(access.SETTLE),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/chasers.html", context)


@require_POST
def chasers_settle(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Attendance is settled: write to those who missed it now."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SETTLE)
    try:
        is_new, n = settle_and_write(session=session, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        if not is_new:
            messages.info(request, _("That was said already."))
        else:
            text = ngettext("It is settled; %s e-mail is on its way.", "It is settled; %s e-mails are on their way.", n)
            messages.success(request, text % n)
    return redirect("attendance-staff:chasers", edition_slug)
