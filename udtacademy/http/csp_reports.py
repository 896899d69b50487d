"""Log the reports of browsers about what the Content-Security-Policy blocked, up to a limit per minute."""

import json
import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from udtacademy.http.rate_limits import is_beyond

logger = logging.getLogger(__name__)

MOST_BYTES = 10_000
MOST_PER_MINUTE = 20  # for all clients together: anybody can send anything here
LOGGED = ("effective-directive", "violated-directive", "blocked-uri", "document-uri", "source-file", "line-number")
LONGEST = 200


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log a report and return 204 in any case, so that the sender learns nothing. URLs are logged without their query."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and len(length) <= len(str(MOST_BYTES)) and 0 < int(length) <= MOST_BYTES and may_log():
        report = violation(request.body)
        if report:
            logger.warning("Blocked by the Content-Security-Policy: %s", report)
    return HttpResponse(status=204)


def may_log() -> bool:
    """Count one more report, and return whether it may still be logged in this minute."""
    return not is_beyond("csp-reports", {"all": MOST_PER_MINUTE})


def violation(body: bytes) -> str:
    """Return what was blocked and where, as one line of JSON; empty if the body is not a report."""
    try:
        report = json.loads(body)["csp-report"]
        logged = {name: str(report[name]).partition("?")[0][:LONGEST] for name in LOGGED if report.get(name)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return json.dumps(logged) if logged else ""
