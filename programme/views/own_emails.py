"""What organisers write to many: turned off in the portal, or by the link that mail programs follow."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.campaigns import unsubscribe
from programme.models import Participant
from programme.panels import PROFILE, Panel
from programme.queries.participants import is_unsubscribed
from programme.views import form_recovery
from programme.views.invitations import masked
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.http.error_pages import says_link_is_incomplete


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_returning_to("programme:own-emails")
def own_emails(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show whether the visitor gets what organisers write to many; only a POST changes it."""
    return emails_page(request, access.own_participation(signed_in(request), edition_slug))


@csrf_exempt  # mail programs post it for their user, without cookies (RFC 8058); the signed key authorises it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@says_link_is_incomplete
def stop_emails(request: HttpRequest, key: str) -> HttpResponse:
    """The same for the reader of an email, by its link."""
    participant = access.unsubscribing_participant(key)
    return emails_page(request, participant, reader=masked(participant.user.email))


def emails_page(request: HttpRequest, participant: Participant, *, reader: str = "") -> HttpResponse:
    """Return the page after doing what was posted. `reader`: the address it is about, for whom somebody has forwarded it to."""
    is_done = request.method == "POST"
    if is_done:
        by = request.user if isinstance(request.user, User) else None  # whoever has the link may have been forwarded it
        unsubscribe(participant=participant, is_unsubscribed="again" not in request.POST, by=by)
    context = {
        "participant": participant,
        "edition": participant.edition,
        "reader": reader,
        "is_done": is_done,
        "is_unsubscribed": is_unsubscribed(participant),
    }
    return render(request, "programme/own_emails.html", context)


def register() -> None:
    PROFILE.append(Panel("programme/_own_emails.html", lambda participant: {"edition": participant.edition}))
