"""What a desk's device keeps to check people in without a network: the roster, the page, and the service worker (decision 60)."""

from dataclasses import asdict
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance import access
from attendance.queries.door_roster import kept_for, roster
from attendance.views.check_in import DOOR_SCRIPTS, answer_context
from attendance.views.service_workers import service_worker
from programme.models import Session

SALT = "attendance.door"
# Static files that the door needs without a network; whatever else its pages ask for is kept once it was asked for.
FILES = ("css/site.css", "css/door.css", "img/icon.svg", "js/site.js", *DOOR_SCRIPTS)
ICONS = {"192x192": "img/door-192.png", "512x512": "img/door-512.png"}


@never_cache
@require_safe
@login_required
def check_in_roster(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Return the roster of a session for this device, and set the cookie with the key that it is kept under.

    The device keeps it encrypted. Nobody is in it once the door is closed.
    """
    programme, session = access.door(request.user, edition_slug, session_slug)
    lasts = int(kept_for(session, timezone.now()).total_seconds())
    people = roster(programme, session) if lasts else []
    response = JsonResponse({"lasts": lasts, "key": cookie_of(session), "people": [asdict(it) for it in people]})
    response.set_cookie(
        cookie_of(session),
        key_of_device(request, session),
        max_age=lasts,
        path=reverse("attendance:check-in-home"),
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )
    return response


def cookie_of(session: Session) -> str:
    return f"door-{session.pk}"


def key_of_device(request: HttpRequest, session: Session) -> str:
    """Return 256 bits that are the same as long as the visitor stays signed in here, and stored nowhere on the server."""
    return salted_hmac(SALT, f"{request.session.session_key}:{session.pk}", algorithm="sha256").hexdigest()


@never_cache
@require_safe
@login_required
def check_in_shell(request: HttpRequest, edition_slug: str, session_slug: str, *, is_rehearsal: bool) -> HttpResponse:
    """Return the page of a door without anybody in it, which the device shows when there is no network."""
    _programme, session = access.door(request.user, edition_slug, session_slug)
    context = answer_context(session, {"is_rehearsal": is_rehearsal, "is_shell": True})
    with timezone.override(session.edition.zone):
        return render(request, "attendance/check_in.html", context)


@require_safe
def check_in_worker(_request: HttpRequest) -> HttpResponse:
    """Return the service worker of the door."""
    return service_worker("door_store", "kept_files", "door_worker", cache="door-static", files=FILES)


@require_safe
def check_in_manifest(request: HttpRequest) -> HttpResponse:
    """Return what a phone needs to know to install the door."""
    home = reverse("attendance:check-in-home")
    icons = [
        {"src": urljoin(request.path, static(path)), "sizes": size, "type": "image/png", "purpose": "any maskable"}
        for size, path in ICONS.items()
    ]
    manifest = {
        "id": home,
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "icons": icons,
        "name": _("UDT Academy: check-in"),
        "short_name": _("Check-in"),
        "background_color": "#fbfbf8",
        "theme_color": "#0b4f9e",
    }
    response = JsonResponse(manifest, content_type="application/manifest+json")
    response["Cache-Control"] = "max-age=3600"
    return response
