"""For organisers: who is reminded of what and when, and why others are not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.emails import sample_of
from attendance.queries.reminder_previews import previews_of
from attendance.views.board import page_context
from udtacademy.http.parameters import parse_moment
from udtacademy.outbox.views import mail_page


@never_cache
@require_safe
def reminders_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the reminders as planned now, or as they would be planned at a moment (`at`)."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    given = parse_moment(request.GET.get("at", ""), edition.zone)
    at = given or timezone.now()
    context = page_context(request, _("Reminders of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "at": at,
        "is_given": given is not None,
        "previews": previews_of(edition, at),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/reminders.html", context)


@never_cache
@require_safe
def reminder_sample(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the email as a registered person would get it, without a personal link."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    sample = sample_of(access.attended_session(edition, session_slug), timezone.now())
    if sample is None:
        access.not_found()
    return mail_page(sample)
