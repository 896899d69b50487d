"""How dates and times are written for people."""

import datetime as dt
from collections.abc import Iterable

from django.utils.formats import date_format

from programme.models import Session


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


def offset(value: dt.timedelta) -> str:
    """An offset from UTC in words: "UTC+2", "UTC+5:30", "UTC"."""
    minutes = int(value.total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(local: dt.datetime) -> str:
    """The short name of a local time's zone ("CEST"), or its offset where it has no name."""
    name = local.tzname() or ""
    return name if name.isalpha() else offset(local.utcoffset() or dt.timedelta())


def local_time(session: Session) -> str:
    """The start of a timed session in its edition's zone: "Thu 25 Sep 2025, 16:00 CEST"."""
    if not session.starts_at:
        return ""
    local = session.starts_at.astimezone(session.edition.zone)
    return f"{date_format(local, 'D j M Y, H:i')} {zone_name(local)}"


def titles(sessions: Iterable[Session]) -> str:
    """ "“One”, “Other”"."""
    return ", ".join(f"“{session}”" for session in sessions)
