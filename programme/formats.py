"""How dates and times are written for people."""

import datetime as dt
import re
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from programme.models import Session
from udtacademy.time_zones import known_zone, zone_name

MONTH = re.compile(r"[FM]")  # in a pattern of Django's


def short_date(
    value: dt.date | None, pattern: str, *, zone: dt.tzinfo | None = None, now: dt.datetime | None = None
) -> str:
    """Write a day, or a moment in `zone`, by a pattern that leaves the year out ("D j F, H:i"): with the year after the
    month where it is not the present one there. `zone` is by default the active one, on pages that of the edition.
    """
    if not value:
        return ""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value, zone)
    is_this_year = value.year == timezone.localtime(now, zone).year
    return date_format(value, pattern if is_this_year or "Y" in pattern else MONTH.sub(r"\g<0> Y", pattern, count=1))


def days_between(first: dt.date, last: dt.date) -> str:
    """ "6–7 November 2025", "30 October – 2 November 2025", "30 December 2025 – 2 January 2026"."""
    if first == last:
        return date_format(first, "j F Y")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_format(last, 'j F Y')}"
    start = date_format(first, "j F" if first.year == last.year else "j F Y")
    return f"{start} – {date_format(last, 'j F Y')}"


def months_between(first: dt.date, last: dt.date) -> str:
    """ "September – December 2025", "November 2025 – January 2026", "May 2026"."""
    if (first.year, first.month) == (last.year, last.month):
        return date_format(first, "F Y")
    return f"{date_format(first, 'F' if first.year == last.year else 'F Y')} – {date_format(last, 'F Y')}"


def local_time(session: Session) -> str:
    """The start of a timed session in its edition's zone: "Thu 25 Sep 2025, 16:00 CEST"."""
    if not session.starts_at:
        return ""
    local = session.starts_at.astimezone(session.edition.zone)
    return f"{date_format(local, 'D j M Y, H:i')} {zone_name(local)}"


def session_time(session: Session, reader_zone: str = "") -> str:
    """When a session is held, with the zone and the reader's own time where that differs:

    "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid); for you 17:00–18:30 EEST (Helsinki)". Without a time its day,
    or the words for it; empty where nothing is known.
    """
    if not session.starts_at or not session.ends_at:
        return date_format(session.held_on, "l j F Y") if session.held_on else session.date_hint
    zone = session.edition.zone
    text = span(session.starts_at, session.ends_at, zone)
    own = known_zone(reader_zone)
    if own is None or all(
        it.astimezone(own).utcoffset() == it.astimezone(zone).utcoffset() for it in (session.starts_at, session.ends_at)
    ):
        return text
    is_same_day = session.starts_at.astimezone(own).date() == session.starts_at.astimezone(zone).date()
    return f"{text}; {_('for you %s') % span(session.starts_at, session.ends_at, own, with_day=not is_same_day)}"


def span(starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo, *, with_day: bool = True) -> str:
    """ "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid)"."""
    local, until = starts_at.astimezone(zone), ends_at.astimezone(zone)
    day = f"{date_format(local, 'l j F Y')}, " if with_day else ""
    until_day = "" if until.date() == local.date() else f"{short_date(until, 'l j F', zone=zone, now=starts_at)}, "
    place = str(zone).rpartition("/")[2].replace("_", " ")
    return f"{day}{clock_range(starts_at, ends_at, zone, until_day=until_day)} ({place})"


def clock_range(
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    zone: dt.tzinfo | None = None,
    *,
    pattern: str = "H:i",
    until_day: str = "",
    names_zone: bool = True,
) -> str:
    """ "16:00–17:30 CEST". Where the clocks change in between, both ends name their zone: "02:30 CEST–02:45 CET".

    `zone` is by default the active one. Without `names_zone` it is named only there.
    """
    local, until = timezone.localtime(starts_at, zone), timezone.localtime(ends_at, zone)
    first, last = zone_name(local), zone_name(until)
    changes = first != last
    starts = date_format(local, pattern) + (f" {first}" if changes else "")
    ends = date_format(until, pattern) + (f" {last}" if changes or names_zone else "")
    return f"{starts}–{until_day}{ends}"


def titles(sessions: Iterable[Session]) -> str:
    """ "“One”, “Other”"."""
    return ", ".join(f"“{session}”" for session in sessions)
