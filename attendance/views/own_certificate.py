"""A participant's own certificate, as a file and as a digital credential."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.certificates.baking import credential_file
from attendance.certificates.issuer import can_sign
from attendance.models import Certificate
from programme.rules.plain_words import plain
from udtacademy.http.rate_limits import one_per_process
from udtacademy.pdf.compiling import PdfError

CREDENTIAL_TYPES = {"jwt": "application/vc+jwt", "svg": "image/svg+xml", "png": "image/png"}  # by ending


@never_cache
@require_safe
@login_required
def own_certificate(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Return the file of the visitor's valid certificate; 404 while there is none."""
    certificate = access.own_certificate(request.user, edition_slug)
    if not hasattr(certificate, "file"):
        raise Http404
    return certificate_file(certificate)


@never_cache
@require_safe
@login_required
@one_per_process
def own_credential(request: HttpRequest, edition_slug: str, form: str) -> HttpResponse:
    """Return the visitor's valid certificate as a credential: a text or a picture, by its ending. 404 while there is none."""
    certificate = access.own_certificate(request.user, edition_slug)
    if form not in CREDENTIAL_TYPES or not can_sign() or not hasattr(certificate, "status_entry"):
        raise Http404
    try:
        content = credential_file(certificate, form)
    except PdfError as error:
        messages.error(request, str(error))
        return redirect("attendance:own-attendance", edition_slug)
    return downloaded(certificate, content, CREDENTIAL_TYPES[form], f"credential.{form}")


def certificate_file(certificate: Certificate) -> HttpResponse:
    """Return the file of a certificate as a download. `file` and `edition` are read."""
    return downloaded(certificate, bytes(certificate.file.content), "application/pdf", "pdf")


def downloaded(certificate: Certificate, content: bytes, content_type: str, ending: str) -> HttpResponse:
    """Return a file about a certificate as a download, with the edition and the holder in its name."""
    name = f"{certificate.edition.slug}-{slugify(plain(certificate.name)) or certificate.pk}.{ending}"
    headers = {
        "Content-Disposition": str(content_disposition_header(as_attachment=True, filename=name)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
