"""The public check of a certificate: anybody with its code sees what it says and whether it is valid, and nothing else."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attendance.actions.certificate_files import digest_of
from attendance.certificates.baking import token_in
from attendance.certificates.credential_facts import says_the_same
from attendance.certificates.credentials import listed_sessions
from attendance.certificates.issuer import can_sign, did, read_token
from attendance.forms.certificates import CodeForm, FileForm
from attendance.models import Certificate, CertificateFile, CertificateSession
from attendance.queries.certificates import certificate_with
from attendance.rules.certificates import in_groups, read_code
from udtacademy.http.rate_limits import limited


@limited("certificate", each=1, methods=("GET", "HEAD"))
@never_cache
@require_safe
def certificate_search(request: HttpRequest) -> HttpResponse:
    """Ask for a certificate's code, and lead to its page."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("attendance:certificate", in_groups(form.cleaned_data["code"]))
    status = 422 if form.is_bound else 200
    return without_index(render(request, "attendance/certificate_search.html", {"form": form}, status=status))


@limited("certificate", each=1, methods=("GET", "HEAD", "POST"))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a certificate says; on POST, whether a file is the one that was issued. The file is not kept."""
    read = read_code(code)
    shown = certificate_with(read) if read else None
    if shown is None:
        page = render(request, "attendance/certificate_unknown.html", {"form": CodeForm(), "typed": code}, status=404)
        return without_index(page)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    sessions, content = listed_sessions(shown), form.content() if form.is_valid() else b""
    token = token_in(content)
    context = {
        "certificate": shown,
        "sessions": sessions,
        "issuer": did() if can_sign() and hasattr(shown, "status_entry") else "",
        "form": form,
        "is_credential": token is not None,
        "is_same": (is_credential_of(shown, sessions, token) if token else is_file_of(shown, content))
        if content
        else None,
    }
    with timezone.override(shown.edition.zone):
        page = render(request, "attendance/certificate.html", context, status=422 if form.errors else 200)
    return without_index(page)


def is_file_of(certificate: Certificate, content: bytes) -> bool:
    return CertificateFile.objects.filter(certificate=certificate, digest=digest_of(content)).exists()


def is_credential_of(certificate: Certificate, sessions: Sequence[CertificateSession], token: str) -> bool:
    """Return whether one of the site's keys has signed a token, and its facts are those of the certificate."""
    payload = read_token(token)
    has_number = hasattr(certificate, "status_entry")
    return payload is not None and has_number and says_the_same(payload, certificate, sessions)


def without_index(response: HttpResponse) -> HttpResponse:
    """Keep a page out of search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
