"""For organisers: who is reminded of what and when, and why others are not."""

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.emails import sample_of
from attendance.queries.reminder_previews import GETS, GOT, previews_of
from attendance.queries.reminders import preview
from attendance.rules.reminders import SkipReason
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.models import Edition
from udtacademy.http.parameters import parse_moment, whole_number
from udtacademy.outbox.views import mail_page

REMINDERS_PER_PAGE, PEOPLE_PER_PAGE = 5, 100


@never_cache
@require_safe
def reminders_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the reminders as planned now, or as they would be planned at a moment (`at`). Begin with the next ones."""
    edition = staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    given = given_moment(request, edition)
    rounds = preview(edition, given or timezone.now())
    next_page = sum(it.is_over for it in rounds) // REMINDERS_PER_PAGE + 1
    page = Paginator(rounds, REMINDERS_PER_PAGE).get_page(request.GET.get("page", next_page))
    context = page_context(request, _("Reminders of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "at": given or timezone.now(),
        "is_given": given is not None,
        "page": page,
        "previews": previews_of(list(page)),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/reminders.html", context)


@never_cache
@require_safe
def reminder_people(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """List the people who get one reminder (`offset`), got it, or do not for a reason (`group`)."""
    edition = staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    session = access.attended_session(edition, session_slug)
    offset, group = whole_number(request.GET.get("offset", "")), request.GET.get("group", GETS)
    rounds = preview(edition, given_moment(request, edition) or timezone.now())
    previews = previews_of([it for it in rounds if it.session == session and it.offset_minutes == offset])
    if not previews or group not in {GETS, GOT, *SkipReason}:
        access.not_found()
    title = _("%(session)s: reminder %(offset)s before") % {"session": session, "offset": previews[0].offset}
    context = page_context(request, title) | {
        "edition": edition,
        "group": group,
        "reason": next((label for reason, label, _n in previews[0].does_not if reason == group), ""),
        "page": Paginator(previews[0].people(group), PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/reminder_people.html", context)


def given_moment(request: HttpRequest, edition: Edition) -> dt.datetime | None:
    return parse_moment(request.GET.get("at", ""), edition.zone)


@never_cache
@require_safe
def reminder_sample(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the email as a registered person would get it, without a personal link."""
    edition = staff_edition(request.user, edition_slug, access.SEE_REMINDERS)
    sample = sample_of(access.attended_session(edition, session_slug), timezone.now())
    if sample is None:
        access.not_found()
    return mail_page(sample)
