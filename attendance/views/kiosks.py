"""A kiosk: a device at an entrance that scans badges. Nobody signs in there; it has a key of its own, in a cookie.

It says "Welcome" and the first name, and nothing else of anybody: no list, no search, nobody by name or number.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from attendance import access, wording
from attendance.actions.kiosks import open_kiosk, scan_at_kiosk
from attendance.forms.kiosks import KioskScanForm
from attendance.models import Kiosk
from attendance.views.service_workers import service_worker
from programme.errors import ProgrammeError
from udtacademy.http.rate_limits import limited

COOKIE = "kiosk"
SCRIPTS = ("older_browsers", "scanner", "kiosk", "kiosk_away")
FILES = ("css/site.css", "css/door.css", "img/icon.svg", *(f"js/{it}.js" for it in SCRIPTS))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("kiosk-open", each=1)
@sensitive_variables("token", "key")
def kiosk_open(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link does; on POST, use it up and give this device its key. 410 for a link that works no longer.

    The device that has used it goes on to its page.
    """
    made, now = access.kiosk_of_link(token), timezone.now()
    here = access.kiosk_of_key(request.COOKIES.get(COOKIE, ""))
    if here == made and made.works(now):
        return redirect("attendance:kiosk")
    if request.method != "POST" and made.can_be_opened(now):
        return render(request, "attendance/kiosk_open.html", {"kiosk": made, "edition": made.edition})
    opened = open_kiosk(token=token) if request.method == "POST" else None
    if opened is None:
        return refused(request, access.kiosk_of_link(token), HTTPStatus.GONE)
    kiosk, key = opened
    response = redirect("attendance:kiosk")
    response.set_cookie(
        COOKIE,
        key,
        expires=kiosk.expires_at,
        path=reverse("attendance:kiosk"),
        secure=settings.IS_SECURE_SITE,
        httponly=True,
        samesite="Strict",
    )
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("kiosk", each=12)
def kiosk(request: HttpRequest) -> HttpResponse:
    """Show the scanner of a kiosk, and answer scans. 403 with a sentence on a device without a key, or no longer with one."""
    device, now = access.kiosk_of_key(request.COOKIES.get(COOKIE, "")), timezone.now()
    if device is None or not device.works(now):
        return refused(request, device)
    context: dict[str, Any] = {"kiosk": device, "edition": device.edition, "form": KioskScanForm()}
    status = HTTPStatus.OK
    if request.method == "POST":
        answer = scanned(request, device)
        if answer is None:
            return refused(request, device)
        context |= {"answer": answer}
        status = HTTPStatus.OK if answer.tone != "no" else HTTPStatus.CONFLICT
    page = "_kiosk_answer" if request.htmx else "kiosk"  # type: ignore[attr-defined]
    with timezone.override(device.edition.zone):
        return render(request, f"attendance/{page}.html", context, status=status)


@require_safe
def kiosk_worker(_request: HttpRequest) -> HttpResponse:
    """Return the service worker of a kiosk."""
    away = reverse("attendance:kiosk-away")
    return service_worker("kept_files", "kiosk_worker", cache="kiosk-static", files=FILES, pages=[away], away=away)


@require_safe
def kiosk_away(request: HttpRequest) -> HttpResponse:
    """Return the page that a kiosk shows without a network. There is nothing of anybody in it."""
    response = render(request, "attendance/kiosk_away.html")
    response["Cache-Control"] = "no-cache"
    return response


def scanned(request: HttpRequest, device: Kiosk) -> wording.KioskAnswer | None:
    """Return the answer to a scan; None if the device was revoked meanwhile."""
    form = KioskScanForm(request.POST)
    if not form.is_valid():
        return wording.kiosk_answer(None)
    try:
        verdict = scan_at_kiosk(kiosk=device, person=form.person(), scan=form.scan())
    except ProgrammeError as error:
        return None if error.code == "kiosk_revoked" else wording.kiosk_answer(None)
    person = verdict.participant
    return wording.kiosk_answer(verdict.answer, name=person.user.name if person else "")


def refused(request: HttpRequest, device: Kiosk | None, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> HttpResponse:
    """Say why the device checks nobody in."""
    page = "_kiosk_refused" if request.htmx else "kiosk_refused"  # type: ignore[attr-defined]
    context = {"kiosk": device, "has_expired": device is not None and device.has_expired(timezone.now())}
    return render(request, f"attendance/{page}.html", context, status=status)
