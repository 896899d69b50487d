"""Who is missing from a core session that is over, by city."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.exports.missing import rows_of
from attendance.queries.attendance_records import reported
from attendance.queries.chasers import due_at, is_old, late, missed, with_waiting_report
from attendance.queries.missing import cities_missing, missing_in, n_late_settled, sessions_with_missing
from attendance.queries.turnout import missing_from, n_expected_at, turnouts
from attendance.views.board import page_context, to_undo
from attendance.wording import times_of
from programme.access import staff_edition
from programme.models import Edition, Session
from udtacademy.http.rate_limits import one_per_process
from udtacademy.http.spreadsheets import parts_of, spreadsheet

CITIES_PER_PAGE = 40


@never_cache
@require_safe
def missing_latest(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Lead to the core session that ended last; say so if there is none."""
    edition = staff_edition(request.user, edition_slug, access.SEE)
    sessions = sessions_with_missing(edition, timezone.now())
    if sessions:
        return redirect("attendance-staff:missing", edition_slug, sessions[0].slug)
    context = page_context(request, _("Who is missing")) | {"edition": edition, "session": None}
    return render(request, "admin/attendance/missing.html", context)


@never_cache
@require_safe
def missing(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show who is missing from a core session, and what was done about it."""
    session, now = access.missed_session(request.user, edition_slug, session_slug, access.SEE), timezone.now()
    edition = session.edition
    context = page_context(request, _("Missing: %(session)s") % {"session": session}) | {
        "edition": edition,
        "session": session,
        "is_over": times_of(session).has_ended(now),
        "sessions": sessions_with_missing(edition, now),
        "undo": to_undo(request, edition),
        "can_write": request.user.has_perm(access.NUDGE),
        "can_decide": request.user.has_perm(access.DECIDE),
    }
    if context["is_over"]:
        page = Paginator(cities_missing(session), CITIES_PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "cities": missing_in(session, page.object_list)} | numbers_of(session)
        context |= emails_about(session, edition, now)
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/missing.html", context)


@never_cache
@require_safe
@one_per_process
def missing_export(request: HttpRequest, edition_slug: str, session_slug: str, extension: str) -> StreamingHttpResponse:
    """Return who is missing as a spreadsheet; only the headings before the session's end."""
    session = access.missed_session(request.user, edition_slug, session_slug, access.SEE)
    cities = missing_in(session) if times_of(session).has_ended(timezone.now()) else []
    parts = parts_of(rows_of(cities), extension, title=_("Who is missing"))
    name, zone = f"{edition_slug}-{session_slug}-missing", session.edition.zone
    return spreadsheet(request, parts, name=name, extension=extension, zone=zone)


def numbers_of(session: Session) -> dict[str, Any]:
    """Return how many were expected and came, and how many registered later. Four queries."""
    turnout = turnouts([session], timezone.now(), n_expected_at([session]))[session.pk]
    n_late = missing_from(session, with_late=True).filter(late(session)).count()
    return {"turnout": turnout, "n_late": n_late, "n_late_settled": n_late_settled(session)}


def emails_about(session: Session, edition: Edition, now: Any) -> dict[str, Any]:
    """Return whether and when emails are sent without anybody's doing, and what speaks against it. Three queries."""
    sends = edition.sends_chasers and not is_old(session, now)
    return {
        "n_to_write": missed(session).count(),
        "due_at": due_at(session) if sends else None,
        "has_waiting_report": bool(with_waiting_report([session])),
        "is_without_report": session.is_online and not reported([session.pk]),
        "represents": edition.attendance_rule == Edition.AttendanceRule.EACH_CITY,
    }
