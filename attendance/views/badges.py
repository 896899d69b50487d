"""The visitor's own badge."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance.personal_links import badges
from programme import access
from programme.queries.answers import shown_answers


@never_cache
@require_safe
@login_required
def badge(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the visitor's own QR code, for the phone or for print."""
    participant = access.own_registration(request.user, edition_slug)
    context = {
        "participant": participant,
        "edition": participant.edition,
        "code": badges.code_of(participant),
        "qr": badges.qr_svg(participant),
        "answers": [it.text for it in shown_answers(participant, only_on_badge=True) if it.text],
    }
    return render(request, "attendance/badge.html", context)
