"""iCalendar files (RFC 5545). Each session is one event, with a permanent UID and a SEQUENCE that only grows.

People subscribe to a calendar or download it. An invitation comes by email and updates the session's one entry in the
person's calendar (iTIP, RFC 5546).
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from email.utils import parseaddr
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration, vText, vUri

from programme import panels
from programme.calendars.zones import time_zone
from programme.formats import speaker_sentences
from programme.models import Announcement, Edition, Participant, Session
from programme.rules.local_times import comes_twice
from udtacademy.outbox.mime import CalendarFile

REFRESH_EVERY = dt.timedelta(hours=1)
ALARM = dt.timedelta(minutes=15)
IN_MAILTO = "!$'()*+,:"  # besides letters, digits and -._~
CORE_ALARMS = (dt.timedelta(days=1), ALARM)
NAMES_ZONE = re.compile(rb"^DT(START|END);TZID=", re.MULTILINE)  # a folded line starts with a space
END = b"END:VCALENDAR\r\n"


def calendar_of(
    edition: Edition,
    sessions: Iterable[Session],
    *,
    version: str,
    is_own: bool = False,
    sequences: Mapping[int, int] = MappingProxyType({}),
    gone: Iterable[Session] = (),
) -> bytes:
    """Return an edition's calendar with the sessions that have a day, as UTF-8. Needs `edition.venue` and `session.room`.

    `version`: of the edition's rows (`EditionState.digest`), for which the events are kept. `is_own`: for a participant, with
    the join links of online sessions. `sequences`: the highest SEQUENCE in the participant's emails, by the sessions' primary
    keys. `gone`: sessions shown as cancelled.
    """
    shown = [(session, False) for session in sessions] + [(session, True) for session in gone]
    dated = [(session, is_gone) for session, is_gone in shown if session.local_day]
    events = []
    for session, is_gone in dated:
        sequence = max(session.calendar_sequence, sequences.get(session.pk, 0))
        events.append(event_text(version, session, sequence, is_own=is_own, is_gone=is_gone))
    return calendar_text(feed_of(edition), events, [session for session, _is_gone in dated])


def event_text(version: str, session: Session, sequence: int, *, is_own: bool, is_gone: bool) -> bytes:
    """Return the event of a session, kept by the arguments: the same for everybody, and for one `version` of the edition's rows.

    Nothing else may enter it: whatever differs between people is an argument.
    """
    events, key = kept_events(version), (session.pk, sequence, is_own, is_gone)
    if key not in events:
        event = event_of(session, is_own=is_own, sequence=sequence)
        events[key] = (as_cancelled(event) if is_gone else event).to_ical()
    return events[key]


@lru_cache(maxsize=16)  # versions, as many as programmes (`programme_at`)
def kept_events(_version: str) -> dict[tuple[int, int, bool, bool], bytes]:
    """Return the events written so far, about 1 kB each, by the session's primary key: no old programme stays in memory."""
    return {}


def calendar_text(calendar: Calendar, events: Sequence[bytes], sessions: Sequence[Session]) -> bytes:
    """Return the calendar with these events, and with the VTIMEZONE if they refer to it. `sessions`: theirs."""
    years = [session.local_day.year for session in sessions if session.local_day]
    body = b"".join(events)
    if NAMES_ZONE.search(body):
        body = zone_text(sessions[0].edition.zone, min(years), max(years) + 1) + body
    frame: bytes = calendar.to_ical()
    end = frame.rindex(END)  # ValueError, rather than a calendar within a calendar
    return frame[:end] + body + frame[end:]


@lru_cache(maxsize=64)
def zone_text(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    text: bytes = time_zone(zone, first_year, last_year).to_ical()
    return text


def feed_of(edition: Edition) -> Calendar:
    """Return the calendar that programs subscribe to, without events."""
    calendar = new_calendar("PUBLISH")
    calendar.add("name", edition.name)
    calendar.add("x-wr-calname", edition.name)
    calendar.add("x-wr-timezone", edition.time_zone)
    calendar.add("refresh-interval", vDuration(REFRESH_EVERY), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_EVERY))
    return calendar


def new_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//UDT Academy//Programme//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def calendar_file(
    session: Session, participant: Participant, *, method: str, sequence: int, at: dt.datetime
) -> CalendarFile:
    """Return a calendar file that adds or changes a session in one person's calendar (REQUEST) or removes it (CANCEL).

    `sequence`: larger than in all earlier files about the session to this person, because some programs compare only this
    number; RFC 5546, 2.1.4 allows one for each attendee. `at`: when it was decided. Needs `session.room` and the
    participant's edition with its venue.
    """
    session.edition = edition = participant.edition
    event = event_of(session, is_own=True, sequence=sequence)
    event.pop("dtstamp")
    event.add("dtstamp", at.astimezone(dt.UTC).replace(microsecond=0))
    if method == Announcement.Method.CANCEL:
        as_cancelled(event)
    event.add("organizer", organizer_of(edition), encode=False)
    event.add("attendee", attendee_of(participant, session), encode=False)
    text = calendar_text(new_calendar(str(method)), [event.to_ical()], [session])
    return {"name": f"{session.slug}.ics", "method": str(method), "text": text.decode()}


def as_cancelled(event: Event) -> Event:
    """Turn the event into a cancelled one, without alarms and without blocking time."""
    event.subcomponents.clear()
    for name, value in (("status", "CANCELLED"), ("transp", "TRANSPARENT")):
        event.pop(name)
        event.add(name, value)
    return event


def mailto(address: str) -> str:
    """Return a mailto link, escaped by RFC 6068 (section 2)."""
    return f"mailto:{'@'.join(quote(part, safe=IN_MAILTO) for part in address.rsplit('@', 1))}"


def organizer_of(edition: Edition) -> vCalAddress:
    """Return the sender of our emails as organizer: calendar programs trust an invitation from its own sender."""
    organizer = vCalAddress(mailto(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    organizer.params["CN"] = vText(edition.name)
    return organizer


def attendee_of(participant: Participant, session: Session) -> vCalAddress:
    """Return the participant as attendee who has accepted and is not asked to reply."""
    attendee = vCalAddress(mailto(participant.user.email))
    attendee.params["CN"] = vText(str(participant))
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT" if session.is_core else "OPT-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def event_of(session: Session, *, is_own: bool, sequence: int) -> Event:
    event = Event()
    event.add("uid", str(session.calendar_uid))
    event.add("sequence", sequence)
    event.add("dtstamp", session.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("last-modified", session.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    event.add("summary", summary_of(session))
    event.add("status", session.status.upper())
    event.add("transp", "TRANSPARENT" if session.is_break or session.is_cancelled else "OPAQUE")
    event.add("url", absolute(session.get_absolute_url()))
    join = join_url(session) if is_own and session.is_online and not session.is_cancelled else ""
    if description := description_of(session, join):
        event.add("description", description)
    if join:
        event.add("conference", vUri(join), parameters={"value": "URI", "feature": "VIDEO", "label": _("Join")})
    if where := ", ".join(filter(None, [session.place, session.address])) or (session.is_online and _("Online")):
        event.add("location", where)
    if session.is_core:
        event.add("categories", [vText(_("Core"))])
    if session.starts_at and session.ends_at:
        event.add("dtstart", in_zone(session.starts_at, session.edition.zone))
        event.add("dtend", in_zone(session.ends_at, session.edition.zone))
        if not session.is_break and not session.is_cancelled:
            for before in CORE_ALARMS if session.is_core else (ALARM,):
                event.add_component(alarm(session, before))
    elif session.held_on:
        event.add("dtstart", session.held_on)
        event.add("dtend", session.held_on + dt.timedelta(days=1))
    return event


def description_of(session: Session, join: str) -> str:
    """Return the event's description, with the join link first because phones show only the beginning."""
    speakers = "\n".join(speaker_sentences(session.shown_speakers))
    parts = [_("Join here: %(url)s") % {"url": join} if join else "", session.description, speakers]
    if any(parts):
        parts.append(absolute(session.get_absolute_url()))
    return "\n\n".join(filter(None, parts))


def join_url(session: Session) -> str:
    """Return the URL of the join page, which needs signing in, so that a shared calendar reveals nothing; empty if none."""
    path = panels.session_path("join", session)
    return absolute(path) if path else ""


def in_zone(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the local time; UTC if it comes twice, where programs disagree on RFC 5545 (3.3.5)."""
    local = moment.astimezone(zone)
    return moment.astimezone(dt.UTC) if comes_twice(local, zone) else local


def summary_of(session: Session) -> str:
    """Return the title, with a star for core sessions."""
    return f"★ {session.title}" if session.is_core else session.title


def alarm(session: Session, before: dt.timedelta) -> Alarm:
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", session.title)
    reminder.add("trigger", -before)
    return reminder


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
