"""Meeting reports, for organisers: upload files, review what was read, apply and undo."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance import access
from attendance.actions.applied_reports import apply_report, undo_report
from attendance.actions.report_pulls import ask_again
from attendance.actions.reports import Choices, add_reports, drop_report, reread_report
from attendance.forms.reported_people import PersonForm
from attendance.forms.reports import ApplyForm, RereadForm, UploadForm
from attendance.meeting_reports.matching import MatchGroup
from attendance.models import Report
from attendance.queries.report_pulls import missing_reports
from attendance.queries.report_review import Review, spellings_of
from attendance.tasks import pull_reports
from attendance.views.board import page_context
from attendance.views.chasers import settle
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.formats import short_date
from programme.models import Edition
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error
from udtacademy.outbox.queue import ask_for

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

PER_PAGE = 50
MOST_NAMED = 6  # meetings of one file


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_list(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the reports of an edition by page, newest first, and accept uploads."""
    edition = staff_edition(request.user, edition_slug, access.REPORT)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, edition=edition, own_zone=signed_in(request).time_zone)
        if form.is_valid():
            added = add_files(request, form, edition)
            if added:
                is_one = len(added) == 1
                return (
                    redirect("attendance-staff:report", edition_slug, added[0].pk) if is_one else redirect(request.path)
                )
    else:
        session = edition.sessions.filter(slug=request.GET.get("session", "")).first()
        form = UploadForm(edition=edition, own_zone=signed_in(request).time_zone, initial={"session": session})
    context = page_context(request, _("Meeting reports of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "form": form,
        "missing_reports": missing_reports(edition, timezone.now()),
        "page": Paginator(Report.objects.of_edition(edition).with_counts(), PER_PAGE).get_page(request.GET.get("page")),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/reports.html", context, status=422 if form.is_bound else 200)


def add_files(request: HttpRequest, form: UploadForm, edition: Edition) -> list[Report]:
    """Read the files one by one. An error is shown beside the file's name, and does not stop the others."""
    added: list[Report] = []
    for file in form.cleaned_data["given"]:
        try:
            reports, is_new = add_file(file, form.choices, edition, signed_in(request))
        except ProgrammeError as error:
            form.add_error("given", ValidationError(f"{file.name}: {error}", code=error.code))
            continue
        added += reports
        if is_new:
            messages.success(request, added_text(file.name or "", reports, edition))
        else:
            messages.info(
                request, _("The file %(file)s has already been uploaded. Nothing was added.") % {"file": file.name}
            )
    if added:
        for text in form.errors.get("given", []):
            messages.error(request, str(text))
    return added


def added_text(name: str, reports: list[Report], edition: Edition) -> str:
    """Return what a file added: "Added 2 meetings from zoom.csv: Peer-learning, 25 Sep, 16:00; Closing, 2 Oct, 16:00."."""
    named = "; ".join(meeting_text(it, edition) for it in reports[:MOST_NAMED])
    if len(reports) > MOST_NAMED:
        named = _("%(meetings)s; and %(n)s more") % {"meetings": named, "n": len(reports) - MOST_NAMED}
    text = ngettext(
        "Added %(n)s meeting from %(file)s: %(meetings)s.",
        "Added %(n)s meetings from %(file)s: %(meetings)s.",
        len(reports),
    ) % {"file": name, "n": len(reports), "meetings": named}
    n_known = Report.objects.of_same_file(reports[0]).count() - len(reports)
    if n_known:
        text += " " + ngettext(
            "%(n)s meeting in this file was added before.", "%(n)s meetings in this file were added before.", n_known
        ) % {"n": n_known}
    return text


def meeting_text(report: Report, edition: Edition) -> str:
    """Return the session and the first join: "Peer-learning, 25 Sep, 16:00"."""
    title = str(report.session or _("no session at these times"))
    first = short_date(report.first_join_at, "j M, H:i", zone=edition.zone)
    return f"{title}, {first}" if first else title


def add_file(file: "UploadedFile[Any]", choices: Choices, edition: Edition, by: User) -> tuple[list[Report], bool]:
    return add_reports(edition=edition, name=file.name or "", content=file.read(), choices=choices, by=by)


@never_cache
@require_safe
def report_detail(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show the review of a report."""
    report = access.staff_report(request.user, edition_slug, pk)
    return review_page(request, report)


def review_page(
    request: HttpRequest,
    report: Report,
    *,
    people: list[PersonForm] | None = None,
    reading: RereadForm | None = None,
    applying: ApplyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the review. `people`, `reading`, `applying`: forms with errors."""
    wanted = request.POST or request.GET
    review = Review(report, signed_in(request), wanted=wanted.get("group", ""), number=wanted.get("page", "1"))
    context = page_context(request, report.file_name) | {
        "edition": report.edition,
        "report": report,
        "session": report.session,
        "review": review,
        "reading": reading or reading_form(request, report),
        "applying": applying or apply_form(request, review),
        "can_settle": request.user.has_perm(access.SETTLE),
        "people_forms": people or person_forms(review),
        "downloads": downloads_of(report),
    }
    with timezone.override(report.edition.zone):
        return render(request, "admin/attendance/report.html", context, status=status)


def reading_form(request: HttpRequest, report: Report, data: Any = None) -> RereadForm:
    spellings = [] if report.is_applied else spellings_of(report)
    return RereadForm(data, report=report, own_zone=signed_in(request).time_zone, spellings=spellings)


def apply_form(request: HttpRequest, review: Review, data: Any = None) -> ApplyForm:
    settling = review.settling if request.user.has_perm(access.SETTLE) else None
    return ApplyForm(
        data,
        report=review.report,
        can_settle=settling is not None and not settling.why_not,
        n_emailed=len(settling.emailed) if settling else 0,
        n_anyway=len(settling.anyway) if settling else 0,
    )


def person_forms(review: Review, data: Any = None) -> list[PersonForm]:
    """Return a form for each person on the page; matched people have a page of their own."""
    if review.group is MatchGroup.MATCHED or review.report.is_applied:
        return []
    people = list(review.page)
    suggested = review.suggested(people)
    return [
        PersonForm(data, person=person, suggested=suggested[person.pk], find_participant=review.people.find)
        for person in people
    ]


def downloads_of(report: Report) -> list[LogEntry]:
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Report), object_id=str(report.pk))
    return list(entries.select_related("user"))


@require_POST
def report_fetch(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Ask for a session's report again at once, after a try that failed."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.REPORT)
    try:
        if ask_again(session=session, by=signed_in(request)):
            ask_for(pull_reports)
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        text = _("The report of %(session)s is being asked for. Reload this page in a moment.")
        messages.info(request, text % {"session": session})
    return redirect("attendance-staff:reports", edition_slug)


@require_POST
def report_again(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Read the file again with other choices."""
    report = access.staff_report(request.user, edition_slug, pk)
    form = reading_form(request, report, request.POST)
    if form.is_valid():
        try:
            reread_report(report=report, choices=form.choices, by=signed_in(request))
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("The file was read again. Your choices are kept."))
            return redirect("attendance-staff:report", edition_slug, pk)
    return review_page(request, report, reading=form, status=422)


@require_POST
def report_apply(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Apply a report, and settle the session if asked to."""
    report = access.staff_report(request.user, edition_slug, pk)
    by = signed_in(request)
    form = apply_form(request, Review(report, by), request.POST)
    if form.is_valid():
        try:
            n = apply_report(report=report, is_confirmed=form.cleaned_data.get("is_confirmed", False), by=by)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            text = ngettext(
                "Report applied. %(n)s attendance changed.", "Report applied. %(n)s attendances changed.", n
            )
            messages.success(request, text % {"n": n})
            if report.session and form.cleaned_data.get("settles"):
                report.session.edition = report.edition
                settle(request, report.session, by, writes_anyway=form.cleaned_data.get("writes_anyway", False))
            return redirect("attendance-staff:report", edition_slug, pk)
    return review_page(request, report, applying=form, status=422)


@require_POST
def report_undo(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Undo a report."""
    report = access.staff_report(request.user, edition_slug, pk)
    try:
        n = undo_report(report=report, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect("attendance-staff:report", edition_slug, pk)
    text = ngettext("Report undone. %(n)s attendance changed.", "Report undone. %(n)s attendances changed.", n)
    messages.success(request, text % {"n": n})
    return redirect("attendance-staff:report", edition_slug, pk)


@require_POST
def report_drop(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Delete a report that is not applied."""
    report = access.staff_report(request.user, edition_slug, pk)
    try:
        drop_report(report=report, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect("attendance-staff:report", edition_slug, pk)
    messages.success(
        request, _("Removed the report %(file)s. No attendance depended on it.") % {"file": report.file_name}
    )
    return redirect("attendance-staff:reports", edition_slug)


@never_cache
@require_safe
def report_file(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Return the file as uploaded. It may name people outside the programme, so each download is logged."""
    report = access.staff_report(request.user, edition_slug, pk)
    content = bytes(report.content)
    if not content:
        raise Http404(_("The file has been deleted."))
    LogEntry.objects.log_actions(signed_in(request).pk, [report], CHANGE, "Downloaded", single_object=True)
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=report.file_name)
    return response
