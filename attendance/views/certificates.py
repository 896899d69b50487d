"""Certificates of an edition, for organisers: who may have one, issuing them, and what each says."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance import access, wording
from attendance.actions.certificate_files import file_of
from attendance.actions.certificates import issue_certificate, reissue_certificate, revoke_certificate
from attendance.certificates.issuer import can_sign
from attendance.certificates.learning_model import learning_model_of
from attendance.forms.certificates import RevocationForm, RunForm
from attendance.models import Certificate
from attendance.queries.certificate_grounds import Claim, claims_of
from attendance.queries.certificates import candidates_of, last_run, tally_of, without_valid
from attendance.views.board import page_context
from attendance.views.own_certificate import certificate_file, downloaded
from programme.access import staff_edition
from programme.admin.downloads import log_download
from programme.errors import ProgrammeError
from programme.models import Edition, Participant
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error
from udtacademy.http.parameters import whole_number
from udtacademy.pdf.compiling import PdfError

PEOPLE_PER_PAGE = 50
LARGEST_KEY = 2**31


@never_cache
@require_safe
def certificates(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show a page of people: what each may get, and has; and how far issuing to all has come."""
    edition = staff_edition(request.user, edition_slug, access.SEE_CERTIFICATES)
    city = whole_number(request.GET.get("city", "0"), LARGEST_KEY) or 0
    is_open = request.GET.get("show") == "without"
    people = candidates_of(edition).order_by("delegation__city__name", "user__name", "pk")
    people = people.filter(delegation=city) if city else people
    page = Paginator(without_valid(people) if is_open else people, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = page_context(request, _("Certificates of %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "page": page,
        "rows": rows_of(edition, list(page.object_list)),
        "tally": tally_of(edition),
        "run": last_run(edition),
        "form": RunForm(),
        "cities": edition.delegations.select_related("city").order_by("city__name"),
        "city": city,
        "is_open": is_open,
        "can_sign": can_sign(),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/certificates.html", context)


def rows_of(edition: Edition, people: Sequence[Participant]) -> list[tuple[Claim, str, Certificate | None]]:
    """Return what each of some people may get, the label of their standing, and the certificate that they had last."""
    claims = claims_of(edition, people, timezone.now())
    last = (
        Certificate.objects.filter(participant__in=people).order_by("participant_id", "-pk").distinct("participant_id")
    )
    by_person = {it.participant_id: it for it in last}
    return [
        (claims[it.pk], str(wording.STANDINGS[claims[it.pk].reasoned.standing]), by_person.get(it.pk)) for it in people
    ]


@require_POST
def certificate_issue(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Issue a certificate to one person; with `replaces` in the form instead of a revoked one of theirs."""
    edition = staff_edition(request.user, edition_slug, access.ISSUE_CERTIFICATES)
    participant = access.any_participant(edition, pk)
    former = access.revoked_certificate(participant, request.POST.get("replaces", ""))
    try:
        made = issue_certificate(participant=participant, by=signed_in(request), replaces=former)
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect("attendance-staff:certificates", edition_slug)
    messages.success(request, _("Certificate issued to %(name)s.") % {"name": participant})
    make_file_now(request, made)
    return redirect("attendance-staff:certificate", edition_slug, made.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show what a certificate says and rests on; on POST revoke it, or issue it again with `again`."""
    may = access.REVOKE_CERTIFICATES if request.method == "POST" else access.SEE_CERTIFICATES
    edition = staff_edition(request.user, edition_slug, may)
    shown = access.certificate_in(edition, pk)
    form = RevocationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return redirect("attendance-staff:certificate", edition_slug, revoked_or_again(request, shown, form).pk)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
    context: dict[str, Any] = page_context(request, _("Certificate of %(name)s") % {"name": shown.name}) | {
        "edition": edition,
        "certificate": shown,
        "grounds": shown.sessions.select_related("session", "participant__user"),
        "has_file": hasattr(shown, "file"),
        "replaced_by": getattr(shown, "replaced_by", None),
        "has_valid": Certificate.objects.valid().filter(participant=shown.participant_id).exists(),
        "form": form,
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/certificate.html", context, status=422 if form.is_bound else 200)


def revoked_or_again(request: HttpRequest, shown: Certificate, form: RevocationForm) -> Certificate:
    """Revoke a certificate, or issue it again. Return the one to look at next. Raises ProgrammeError."""
    reason, user = form.cleaned_data["reason"], signed_in(request)
    if "again" in request.POST:
        made = reissue_certificate(certificate=shown, reason=reason, by=user)
        messages.success(request, _("Certificate issued again. The one before is no longer valid."))
        make_file_now(request, made)
        return made
    if revoke_certificate(certificate=shown, reason=reason, by=user):
        messages.success(request, _("Certificate revoked. %(name)s is told by email.") % {"name": shown.name})
    else:
        messages.info(request, _("This certificate had already been revoked."))
    return shown


def make_file_now(request: HttpRequest, made: Certificate) -> None:
    """Make the file of a certificate at once, as somebody waits for it. If that fails, the task tries again."""
    try:
        file_of(made)
    except PdfError as error:
        messages.warning(request, str(error))


@never_cache
@require_safe
def certificate_pdf(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Return the file of a valid certificate."""
    edition = staff_edition(request.user, edition_slug, access.SEE_CERTIFICATES)
    shown = access.certificate_in(edition, pk)
    if shown.is_revoked or not hasattr(shown, "file"):
        raise Http404
    log_download(request, edition, f"certificate-{pk}.pdf")
    return certificate_file(shown)


@never_cache
@require_safe
def certificate_learning_model(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Return a valid certificate in the European Learning Model, for the organisation to seal."""
    edition = staff_edition(request.user, edition_slug, access.SEE_CERTIFICATES)
    shown = access.certificate_in(edition, pk)
    if shown.is_revoked:
        raise Http404
    log_download(request, edition, f"certificate-{pk}.jsonld")
    content = json.dumps(learning_model_of(shown), ensure_ascii=False, indent=2)
    return downloaded(shown, content.encode(), "application/ld+json", "jsonld")
