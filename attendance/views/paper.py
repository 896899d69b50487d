"""What organisers and the desk print: badges, and sheets to sign, as PDF files."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.exports.paper import TEMPLATES, badges_pdf, day_sheet, session_sheet
from attendance.forms.badges import BadgeForm
from attendance.queries.badge_people import chosen_for, people_among
from attendance.queries.sign_in_sheets import people_at, people_on, sheets_of
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.admin.downloads import log_download
from programme.models import Edition, Participant
from programme.queries.in_person_days import DAY, in_person_days
from udtacademy.http.parameters import whole_number
from udtacademy.http.rate_limits import one_per_process
from udtacademy.pdf.compiling import PdfError

BADGES_PER_FILE = 200  # 25 sheets of A4, two seconds of CPU


@never_cache
@require_safe
def badges(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show whose badges can be printed, and the sign-in sheets of the days and sessions in person."""
    edition = staff_edition(request.user, edition_slug, access.CHECK_IN)
    form = BadgeForm(request.GET, edition)
    choice = form.choice()
    chosen = chosen_for(edition, choice) if choice else []
    context = page_context(request, _("Badges and sign-in sheets")) | {
        "edition": edition,
        "form": form,
        "n": len(chosen),
        "parts": parts_of(chosen, edition, form.query()),
        "days": [(it.day.isoformat(), date_format(it.day, DAY)) for it in in_person_days(edition)],
        "sheets": sheets_of(edition, timezone.now()),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/badges.html", context, status=200 if choice else 422)


def parts_of(chosen: Sequence[int], edition: Edition, query: dict[str, str]) -> list[dict[str, Any]]:
    """Return the files of badges: how many are in each, of whom the first and the last, and its addresses by paper. One query."""
    groups = [chosen[start : start + BADGES_PER_FILE] for start in range(0, len(chosen), BADGES_PER_FILE)]
    people = Participant.objects.with_people().in_bulk({pk for group in groups for pk in (group[0], group[-1])})
    parts: list[dict[str, Any]] = []
    for number, group in enumerate(groups, 1):
        parameters = urlencode(query | {"part": str(number)})
        pages = {it: reverse("attendance-staff:badges-pdf", args=[edition.slug, it]) for it in TEMPLATES}
        urls = {paper: f"{page}?{parameters}" for paper, page in pages.items()}
        parts.append({"n": len(group), "first": people[group[0]], "last": people[group[-1]], "urls": urls})
    return parts


@never_cache
@require_safe
@one_per_process
def badge_sheets(request: HttpRequest, edition_slug: str, paper: str) -> HttpResponse:
    """Return a file of badges: those that the query string chooses, in parts of BADGES_PER_FILE."""
    edition = staff_edition(request.user, edition_slug, access.CHECK_IN)
    choice, part = BadgeForm(request.GET, edition).choice(), whole_number(request.GET.get("part", "1"), 10**6)
    if choice is None or not part or paper not in TEMPLATES:
        raise Http404
    start = (part - 1) * BADGES_PER_FILE
    people = people_among(chosen_for(edition, choice)[start : start + BADGES_PER_FILE])
    return badges_file(request, edition, people, paper, f"badges-{paper}-{part}")


@never_cache
@require_safe
@one_per_process
def badge_of_one(request: HttpRequest, edition_slug: str, pk: int, paper: str) -> HttpResponse:
    """Return the badge of one registered person."""
    edition = staff_edition(request.user, edition_slug, access.CHECK_IN)
    people = edition.participants.registered().with_people().with_held_seats()
    person = get_object_or_404(people, pk=pk)
    if paper not in TEMPLATES:
        raise Http404
    return badges_file(request, edition, [person], paper, f"badge-{pk}")


def badges_file(
    request: HttpRequest, edition: Edition, people: Sequence[Participant], paper: str, name: str
) -> HttpResponse:
    if not people:
        messages.info(request, _("Nobody is chosen, so there are no badges."))
        return redirect("attendance-staff:badges", edition.slug)
    try:
        content = badges_pdf(edition, people, paper)
    except PdfError as error:
        return back_with(request, edition, error)
    return pdf_file(request, edition, content, name)


@never_cache
@require_safe
@one_per_process
def sign_in_sheet(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Return the sign-in sheet of a session in person."""
    session = access.session_with_sheet(request.user, edition_slug, session_slug)
    try:
        content = session_sheet(session, people_at(session))
    except PdfError as error:
        return back_with(request, session.edition, error)
    return pdf_file(request, session.edition, content, f"sign-in-{session.slug}")


@never_cache
@require_safe
@one_per_process
def sign_in_day(request: HttpRequest, edition_slug: str, day: str) -> HttpResponse:
    """Return the sign-in sheet of a day in person. `day`: as "2025-11-06"."""
    edition = staff_edition(request.user, edition_slug, access.CHECK_IN)
    held = next((it for it in in_person_days(edition) if it.day.isoformat() == day), None)
    if held is None:
        raise Http404
    try:
        content = day_sheet(edition, held.day, people_on(edition, held))
    except PdfError as error:
        return back_with(request, edition, error)
    return pdf_file(request, edition, content, f"sign-in-{day}")


def back_with(request: HttpRequest, edition: Edition, error: PdfError) -> HttpResponse:
    messages.error(request, str(error))
    return redirect("attendance-staff:badges", edition.slug)


def pdf_file(request: HttpRequest, edition: Edition, content: bytes, name: str) -> HttpResponse:
    """Return a PDF file as a download, and log who downloads it."""
    log_download(request, edition, f"{name}.pdf")
    file_name = f"{edition.slug}-{name}-{timezone.localdate(timezone=edition.zone):%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": str(content_disposition_header(as_attachment=True, filename=file_name))}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
