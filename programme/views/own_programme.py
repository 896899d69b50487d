"""A participant's own programme, by day: the sessions for everybody, and those in which they have a seat."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme import access
from programme.queries.own_days import days_left, own_sessions_and_breaks
from programme.queries.seat_choices import choices_in


@never_cache
@require_safe
@login_required
def own_programme(request: HttpRequest, edition_slug: str) -> HttpResponse:
    programme = access.registered_programme(request.user, edition_slug)
    edition, now = programme.edition, timezone.now()
    choices = choices_in(programme.sessions, programme.seats, now)
    context = {
        "participant": programme.participant,
        "edition": edition,
        "programme": programme,
        "days": days_left(programme, now),
        "n_over": sum(it.is_over(now) and not it.is_break for it in own_sessions_and_breaks(programme)),
        "has_materials": programme.published is not None and programme.published.has_materials,
        "lacks_seats": any(not choice.chosen and choice.slot.starts_at > now for choice in choices),
        "can_choose": any(choice.is_open for choice in choices),
    }
    with timezone.override(edition.zone):
        return render(request, "programme/own_programme.html", context)
