"""A participant's own certificate."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.models import Certificate
from programme.rules.plain_words import plain


@never_cache
@require_safe
@login_required
def own_certificate(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Return the file of the visitor's valid certificate; 404 while there is none."""
    certificate = access.own_certificate(request.user, edition_slug)
    if not hasattr(certificate, "file"):
        raise Http404
    return certificate_file(certificate)


def certificate_file(certificate: Certificate) -> HttpResponse:
    """Return the file of a certificate as a download. `file` and `edition` are read."""
    name = f"{certificate.edition.slug}-{slugify(plain(certificate.name)) or certificate.pk}.pdf"
    headers = {
        "Content-Disposition": str(content_disposition_header(as_attachment=True, filename=name)),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(certificate.file.content), content_type="application/pdf", headers=headers)
