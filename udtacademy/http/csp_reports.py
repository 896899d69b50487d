"""Where browsers tell of what the Content-Security-Policy kept from happening: a line in the log, and never many of them."""

import json
import logging

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger(__name__)

MOST_BYTES = 10_000
MOST_PER_MINUTE = 20  # from everybody together: anybody can send anything here
LOGGED = ("effective-directive", "violated-directive", "blocked-uri", "document-uri", "source-file", "line-number")
LONGEST = 200


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Always 204: whoever sends it learns nothing. Addresses are logged without what follows a question mark."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and len(length) <= len(str(MOST_BYTES)) and 0 < int(length) <= MOST_BYTES and is_heard():
        report = violation(request.body)
        if report:
            logger.warning("Kept out by the Content-Security-Policy: %s", report)
    return HttpResponse(status=204)


def is_heard() -> bool:
    """Whether this minute has room for another."""
    cache.add("csp-reports", 0, timeout=60)
    try:
        return int(cache.incr("csp-reports")) <= MOST_PER_MINUTE
    except ValueError:  # the minute has just ended
        return True


def violation(body: bytes) -> str:
    """What was kept out and where, on one line; empty for what is no report."""
    try:
        report = json.loads(body)["csp-report"]
        logged = {name: str(report[name]).partition("?")[0][:LONGEST] for name in LOGGED if report.get(name)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return json.dumps(logged) if logged else ""
