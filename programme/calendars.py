"""iCalendar files (RFC 5545). One event per session, with the same UID for ever and a SEQUENCE that only grows."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vDuration, vText

from programme.models import Edition, Session

REFRESH_EVERY = dt.timedelta(hours=1)
ALARM = dt.timedelta(minutes=15)
CORE_ALARMS = (dt.timedelta(days=1), ALARM)


def calendar_of(edition: Edition, sessions: Iterable[Session]) -> bytes:
    """An edition's calendar with the sessions that have a day, as UTF-8. Needs `edition.venue` and `session.room`."""
    calendar = Calendar()
    calendar.add("prodid", "-//UDT Academy//Programme//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", edition.name)
    calendar.add("x-wr-calname", edition.name)
    calendar.add("x-wr-timezone", edition.time_zone)
    calendar.add("refresh-interval", vDuration(REFRESH_EVERY), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_EVERY))
    dated = [session for session in sessions if session.local_day]
    for session in dated:
        calendar.add_component(event_of(session, edition))
    years = [session.local_day.year for session in dated if session.local_day] or [edition.first_on.year]
    calendar.add_missing_timezones(dt.date(min(years), 1, 1), dt.date(max(years) + 1, 1, 1))
    return bytes(calendar.to_ical())


def event_of(session: Session, edition: Edition) -> Event:
    event = Event()
    event.add("uid", str(session.calendar_uid))
    event.add("sequence", session.calendar_sequence)
    event.add("dtstamp", session.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("last-modified", session.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("summary", summary_of(session))
    event.add("status", session.status.upper())
    event.add("transp", "TRANSPARENT" if session.is_break or session.is_cancelled else "OPAQUE")
    event.add("url", absolute(session.get_absolute_url()))
    if session.description:
        event.add("description", f"{session.description}\n\n{absolute(session.get_absolute_url())}")
    if where := ", ".join(filter(None, [session.place, session.address])) or (session.is_online and _("Online")):
        event.add("location", where)
    if session.is_core:
        event.add("categories", [vText(_("Core"))])
    if session.starts_at and session.ends_at:
        event.add("dtstart", in_zone(session.starts_at, edition.zone))
        event.add("dtend", in_zone(session.ends_at, edition.zone))
        if not session.is_break and not session.is_cancelled:
            for before in CORE_ALARMS if session.is_core else (ALARM,):
                event.add_component(alarm(session, before))
    elif session.held_on:
        event.add("dtstart", session.held_on)
        event.add("dtend", session.held_on + dt.timedelta(days=1))
    return event


def in_zone(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The local time; of an hour that comes twice, the second is said in UTC: TZID means the first (RFC 5545, 3.3.5)."""
    local = moment.astimezone(zone)
    return moment.astimezone(dt.UTC) if local.fold else local


def summary_of(session: Session) -> str:
    """The title, with what a calendar would not show otherwise."""
    return f"★ {session.title}" if session.is_core else session.title


def alarm(session: Session, before: dt.timedelta) -> Alarm:
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", session.title)
    reminder.add("trigger", -before)
    return reminder


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
