from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from programme import access
from programme.calendars.links import links_for_edition
from programme.models import Edition
from programme.rules.local_times import clock_changes
from programme.rules.sessions import timetable
from programme.views import structured_data
from programme.views.public import public_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the current edition's programme, or the list of editions if none is current."""
    edition = Edition.objects.current(timezone.now())
    return edition_detail(request, edition.slug) if edition else edition_list(request)


@require_safe
def edition_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    editions = list(Edition.objects.published().select_related("venue").latest_first())
    context = {
        "current_editions": [edition for edition in editions if not edition.is_over(now)],
        "past_editions": [edition for edition in editions if edition.is_over(now)],
    }
    return render(request, "programme/edition_list.html", context)


@require_safe
def edition_detail(request: HttpRequest, edition_slug: str) -> HttpResponse:
    def page(is_mine: bool) -> HttpResponse:  # noqa: FBT001 - by `public_page`
        return programme_page(request, access.visible_edition(request.user, edition_slug), is_mine=is_mine)

    return public_page(request, edition_slug, page)


def programme_page(request: HttpRequest, edition: Edition, *, is_mine: bool) -> HttpResponse:
    sessions = list(access.visible_sessions(request.user, edition).with_place().in_programme_order())
    for session in sessions:
        session.edition = edition  # one object, one time zone
    online = [session for session in sessions if session.is_online]
    elsewhere = [session for session in sessions if not session.is_online]
    in_person_days = [s.local_day for s in elsewhere if s.format == s.Format.IN_PERSON and s.local_day]
    held_on = [session.local_day for session in sessions if session.local_day]
    now = timezone.now()
    context = {
        "edition": edition,
        "is_over": edition.is_over(now),
        "online": online,
        "online_days": [session.local_day for session in online if session.local_day],
        "days": timetable(elsewhere),
        "undated": [session for session in elsewhere if not session.local_day],
        "in_person_days": in_person_days,
        "core": [session for session in sessions if session.is_core and not session.is_cancelled],
        "next_session": next((s for s in sessions if s.is_ahead(now)), None),
        "clock_changes": clock_changes(min(held_on), max(held_on), edition.zone) if held_on else [],
        "calendar": links_for_edition(edition),
        "is_mine": is_mine,
        "can_register": edition.is_open(now),
        "schema": structured_data.event_of_edition(edition, sessions),
    }
    with timezone.override(edition.zone):
        return render(request, "programme/edition_detail.html", context)
