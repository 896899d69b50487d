"""What others read to check a digital credential: the site's keys, and which credentials are revoked (decision 71)."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from attendance.certificates.issuer import can_sign, did_document
from attendance.certificates.status_lists import KEPT, exists, signed_list
from udtacademy.http.rate_limits import limited


@limited("credentials", each=1, methods=("GET", "HEAD"))
@require_safe
def did(_request: HttpRequest) -> HttpResponse:
    """Return the issuer's DID document; 404 without any key."""
    document = did_document()
    if not document["verificationMethod"]:
        raise Http404
    return for_everybody(json.dumps(document), "application/did+json")


@limited("credentials", each=1, methods=("GET", "HEAD"))
@require_safe
def status_list(_request: HttpRequest, number: int) -> HttpResponse:
    """Return a status list as it is now; 404 without a key, and for lists that were never begun."""
    if not can_sign() or not exists(number):
        raise Http404
    return for_everybody(signed_list(number, timezone.now()), "application/vc+jwt")


def for_everybody(content: str, content_type: str) -> HttpResponse:
    """Return what every site and program may read, and keep for half a minute."""
    seconds = int(KEPT.total_seconds())
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={seconds}"}
    return HttpResponse(content, content_type=content_type, headers=headers)
