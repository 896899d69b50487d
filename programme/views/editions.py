import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from programme import access, panels
from programme.calendars.links import links_for_edition
from programme.models import Edition, Session
from programme.pictures.svg import city_svg
from programme.queries.editions import published_editions
from programme.queries.materials import has_materials
from programme.rules.editions import dates_of
from programme.rules.local_times import clock_changes
from programme.rules.session_filters import ALL, CORE, MINE, SessionFilter, offered
from programme.rules.sessions import coming_next, on_now, timetable
from programme.views import structured_data
from programme.views.public import VisitorKind, public_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the current edition's programme, or the list of editions if none is current."""
    edition = Edition.objects.current(timezone.now())
    return edition_detail(request, edition.slug) if edition else edition_list(request)


@require_safe
def edition_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    editions = published_editions()
    context = {
        "current_editions": [it for it in editions if not it.edition.is_over(now)],
        "past_editions": [it for it in editions if it.edition.is_over(now)],
    }
    return render(request, "programme/edition_list.html", context)


@require_safe
def edition_detail(request: HttpRequest, edition_slug: str) -> HttpResponse:
    shown = filter_in(request.GET)

    def page(kind: VisitorKind) -> HttpResponse:
        return programme_page(request, access.visible_edition(request.user, edition_slug), kind, shown)

    return public_page(request, edition_slug, page, choice=shown, shows_seats=True)


def filter_in(query: QueryDict) -> SessionFilter:
    """Return which sessions a query string asks for. Whether the edition has such is for `programme_page`."""
    if "track" in query:
        return SessionFilter("track", str(query["track"]))
    return next((it for it in (CORE, MINE) if it.name in query), ALL)


def programme_page(
    request: HttpRequest, edition: Edition, kind: VisitorKind, shown: SessionFilter = ALL
) -> HttpResponse:
    """Show the sessions of an edition; redirect to all of them if the filter is none of its filters."""
    sessions = list(access.visible_sessions(request.user, edition).with_place().in_programme_order())
    for session in sessions:
        session.edition = edition  # one object, one time zone
    filters = offered(sessions, has_seats=kind.has_seats)
    if shown != ALL and shown not in filters:
        return redirect(request.path)
    listed = [session for session in sessions if shown.shows(session, kind.held_in)]
    context = facts_of(edition, sessions) | lists_of(listed) | marks_of(sessions, listed, timezone.now())
    context |= {
        "edition": edition,
        "filters": filters,
        "shown": shown,
        "path": request.path,
        "n_listed": sum(not session.is_break for session in listed),
        "n_sessions": sum(not session.is_break for session in sessions),
        "has_seats": kind.has_seats,
        "held_in": kind.held_in,
        "calendar": None if edition.is_over(timezone.now()) else links_for_edition(edition),
        "is_mine": kind.is_mine,
        "has_materials": has_materials(edition, is_participant=kind.is_mine),
        "pages": links_of(edition),
        "city": mark_safe(city_svg(edition.slug)),  # noqa: S308 - made of numbers, not of the slug's letters
        "schema": structured_data.event_of_edition(edition, sessions),
    }
    with timezone.override(edition.zone):
        return render(request, "programme/edition_detail.html", context)


def links_of(edition: Edition) -> list[panels.PageLink]:
    """Return what other applications say about an edition that is over."""
    links = panels.EDITION_LINKS if edition.is_over(timezone.now()) else ()
    return [shown for link in links if (shown := link(edition))]


def facts_of(edition: Edition, sessions: Sequence[Session]) -> dict[str, Any]:
    """Return what the page says about the edition as a whole."""
    now = timezone.now()
    has_days = any(session.local_day for session in sessions)
    elsewhere = [session for session in sessions if not session.is_online]
    dates = dates_of(edition, [session.local_day for session in sessions])
    return {
        "is_over": edition.is_over(now),
        "online_days": [s.local_day for s in sessions if s.is_online and s.local_day],
        "in_person_days": [s.local_day for s in elsewhere if s.format == s.Format.IN_PERSON and s.local_day],
        "core": [session for session in sessions if session.is_core and not session.is_cancelled],
        "dates": dates,
        "next_session": next((s for s in sessions if s.is_ahead(now)), None),
        "clock_changes": clock_changes(dates.first_on, dates.last_on, edition.zone) if has_days else [],
        "can_register": edition.is_open(now),
        "can_apply": edition.can_apply(now),
        "registration": edition.registration_window(now).value,
    }


def lists_of(sessions: Sequence[Session]) -> dict[str, Any]:
    elsewhere = [session for session in sessions if not session.is_online]
    return {
        "online": [session for session in sessions if session.is_online],
        "days": timetable(elsewhere),
        "undated": [session for session in elsewhere if not session.local_day],
    }


def marks_of(sessions: Sequence[Session], listed: Sequence[Session], now: dt.datetime) -> dict[str, Any]:
    """Return the sessions that are on now and those that come next, and which of those `listed` the bar leads to."""
    running, coming = on_now(sessions, now), coming_next(sessions, now)
    return {
        "running": running,
        "coming": coming,
        "jump_to_running": next((it for it in running if it in listed and not it.is_break), None),
        "jump_to_coming": next((it for it in coming if it in listed), None),
    }
