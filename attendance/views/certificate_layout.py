"""How an edition's certificates look, for organisers: languages, words, signatories, and a sample."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access
from attendance.certificates.files import sample_pdf
from attendance.forms.certificates import LayoutForm
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.models import CertificateLayout
from programme.queries.certificate_layouts import layout_of
from udtacademy.accounts.models.user import LANGUAGES
from udtacademy.accounts.requests import signed_in
from udtacademy.db.history import acting
from udtacademy.http.rate_limits import one_per_process
from udtacademy.pdf.compiling import PdfError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_layout(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the layout with the words of one language, `language` in the query string; on POST save it."""
    edition = staff_edition(request.user, edition_slug, access.ISSUE_CERTIFICATES)
    layout = layout_of(edition)
    language = language_of(request, layout)
    form = LayoutForm(request.POST if request.method == "POST" else None, layout=layout, language=language)
    if form.is_valid():
        with acting(signed_in(request)):
            form.save()
        messages.success(request, _("Layout saved. Certificates that are issued from now on have it."))
        page = reverse("attendance-staff:certificate-layout", args=[edition_slug])
        return redirect(f"{page}?language={language}")
    context = page_context(request, _("Layout of certificates")) | {
        "edition": edition,
        "form": form,
        "language": language,
        "language_name": dict(LANGUAGES)[language],
        "languages": LANGUAGES,
    }
    return render(request, "admin/attendance/certificate_layout.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_safe
@one_per_process
def certificate_sample(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Return a sample of a certificate in a language, for nobody."""
    edition = staff_edition(request.user, edition_slug, access.ISSUE_CERTIFICATES)
    layout = layout_of(edition)
    try:
        content = sample_pdf(edition, layout, language_of(request, layout))
    except PdfError as error:
        messages.error(request, str(error))
        return redirect("attendance-staff:certificate-layout", edition_slug)
    headers = {"Content-Disposition": f'attachment; filename="{edition.slug}-certificate-sample.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def language_of(request: HttpRequest, layout: CertificateLayout) -> str:
    """Return the language of the query string; the usual one if it is none of ours."""
    asked = request.GET.get("language", "")
    return asked if asked in dict(LANGUAGES) else layout.languages[0]
