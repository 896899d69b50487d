"""The results of an edition: the page for everybody, the organisers' preview and switch, and the report for funders."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access
from attendance.actions.results import publish_results, take_back_results
from attendance.exports.results import Reported, by_country, report_pdf, report_rows
from attendance.queries.results import edition_before, figures_in, published_results, results_now
from attendance.rules.results import Results
from attendance.views.board import page_context
from attendance.views.paper import pdf_file
from programme.access import staff_edition, visible_edition
from programme.admin.downloads import log_download
from programme.errors import ProgrammeError
from programme.models import Edition
from programme.queries.released_plans import released_plans
from programme.rules.session_feedback import SATISFACTION
from programme.views.public import VisitorKind, public_page
from udtacademy.accounts.models.visitor import Visitor
from udtacademy.accounts.requests import signed_in
from udtacademy.http.rate_limits import one_per_process
from udtacademy.http.spreadsheets import parts_of, spreadsheet
from udtacademy.pdf.compiling import PdfError


@require_safe
def results(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the results that organisers have published, with the plans that cities have released; else 404."""

    def page(_kind: VisitorKind) -> HttpResponse:
        edition = visible_edition(request.user, edition_slug)
        published = published_results(edition)
        if published is None:
            raise Http404
        context = shown(edition, figures_in(published)) | {"published_at": published.published_at}
        with timezone.override(edition.zone):
            return render(request, "attendance/results.html", context)

    return public_page(request, edition_slug, page)


def shown(edition: Edition, figures: Results) -> dict[str, Any]:
    """Return what the page shows, in public as in the preview. Three queries."""
    return {
        "edition": edition,
        "results": figures,
        "satisfaction": figures.scale(SATISFACTION),
        "countries": by_country(figures),
        "plans": released_plans(edition),
    }


@never_cache
@require_safe
def results_preview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show organisers the results as they are now, what is published, and the reports."""
    edition, now = staff_edition(request.user, edition_slug, access.SEE_RESULTS), timezone.now()
    figures, published = results_now(edition, now), published_results(edition)
    context = page_context(request, _("Results")) | shown(edition, figures)
    context |= {
        "published": published,
        "is_same": published is not None and figures_in(published).as_row() == figures.as_row(),
        "can_publish": edition.is_over(now) and edition.is_published,
        "publishable_from": None if edition.is_over(now) else edition.last_on + dt.timedelta(days=1),
        "may_publish": request.user.has_perm(access.PUBLISH_RESULTS),
        "before": edition_before(edition, request.user),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/results.html", context)


@require_POST
def results_publish(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Publish the figures that the organiser has read, or take the page back."""
    edition = staff_edition(request.user, edition_slug, access.PUBLISH_RESULTS)
    if "take_back" in request.POST:
        if take_back_results(edition=edition, by=signed_in(request)):
            messages.success(request, _("The results are no longer public."))
        return redirect("attendance-staff:results", edition_slug)
    try:
        publish_results(edition=edition, as_read=request.POST.get("as_read", ""), by=signed_in(request))
        messages.success(request, _("The results are published."))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("attendance-staff:results", edition_slug)


@never_cache
@require_safe
@one_per_process
def results_pdf(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Return the report for funders as a PDF file."""
    edition = staff_edition(request.user, edition_slug, access.SEE_RESULTS)
    try:
        content = report_pdf(*reported(edition, request.user))
    except PdfError as error:
        messages.error(request, str(error))
        return redirect("attendance-staff:results", edition_slug)
    return pdf_file(request, edition, content, "results")


@never_cache
@require_safe
def results_export(request: HttpRequest, edition_slug: str, extension: str) -> StreamingHttpResponse:
    """Return the report for funders as a spreadsheet."""
    edition = staff_edition(request.user, edition_slug, access.SEE_RESULTS)
    log_download(request, edition, f"results.{extension}")
    parts = parts_of(report_rows(*reported(edition, request.user)), extension, title=_("Results"))
    return spreadsheet(request, parts, name=f"{edition.slug}-results", extension=extension, zone=edition.zone)


def reported(edition: Edition, visitor: Visitor) -> tuple[Reported, Reported | None]:
    """Return an edition and the one before with their results as they are now."""
    now, before = timezone.now(), edition_before(edition, visitor)
    return Reported(edition, results_now(edition, now)), Reported(before, results_now(before, now)) if before else None
