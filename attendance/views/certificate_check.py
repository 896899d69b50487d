"""The public check of a certificate: anybody with its code sees what it says and whether it is valid, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance.forms.certificates import FileForm
from attendance.models import Certificate, CertificateFile
from attendance.queries.certificates import certificate_with
from attendance.rules.certificates import read_code
from udtacademy.http.rate_limits import limited


@limited("certificate", each=1, methods=("GET", "HEAD", "POST"))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a certificate says; on POST, whether a file is the one that was issued. The file is not kept."""
    read = read_code(code)
    shown = certificate_with(read) if read else None
    if shown is None:
        return without_index(render(request, "attendance/certificate_unknown.html", status=404))
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    is_same = is_file_of(shown, form.digest()) if form.is_valid() else None
    context = {
        "certificate": shown,
        "sessions": shown.sessions.filter(is_listed=True),
        "form": form,
        "is_same": is_same,
    }
    with timezone.override(shown.edition.zone):
        page = render(request, "attendance/certificate.html", context, status=422 if form.errors else 200)
    return without_index(page)


def is_file_of(certificate: Certificate, digest: str) -> bool:
    return CertificateFile.objects.filter(certificate=certificate, digest=digest).exists()


def without_index(response: HttpResponse) -> HttpResponse:
    """Keep a page out of search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
