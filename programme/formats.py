"""Format dates and times for people."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from programme.models import Session
from udtacademy.time_zones import known_zone, zone_name

MONTH = re.compile(r"[FM]")  # the month in a Django date format


def short_date(
    value: dt.date | None, pattern: str, *, zone: dt.tzinfo | None = None, now: dt.datetime | None = None
) -> str:
    """Format a day, or a moment in `zone`, by a pattern without a year ("D j F, H:i"). Add the year after the month unless
    it is the present one. `zone`: by default the active one, which on pages is the edition's.
    """
    if not value:
        return ""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value, zone)
    is_this_year = value.year == timezone.localtime(now, zone).year
    return date_format(value, pattern if is_this_year or "Y" in pattern else MONTH.sub(r"\g<0> Y", pattern, count=1))


def days_between(first: dt.date, last: dt.date) -> str:
    """Format a range of days: "6–7 November 2025", "30 October – 2 November 2025", "30 December 2025 – 2 January 2026"."""
    if first == last:
        return date_format(first, "j F Y")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_format(last, 'j F Y')}"
    start = date_format(first, "j F" if first.year == last.year else "j F Y")
    return f"{start} – {date_format(last, 'j F Y')}"


def months_between(first: dt.date, last: dt.date) -> str:
    """Format a range of months: "September – December 2025", "November 2025 – January 2026", "May 2026"."""
    if (first.year, first.month) == (last.year, last.month):
        return date_format(first, "F Y")
    return f"{date_format(first, 'F' if first.year == last.year else 'F Y')} – {date_format(last, 'F Y')}"


def local_time(session: Session) -> str:
    """Format the start of a timed session in its edition's zone: "Thu 25 Sep 2025, 16:00 CEST"; empty without a time."""
    if not session.starts_at:
        return ""
    return zoned_moment(session.starts_at, session.edition.zone)


def title_with_time(session: Session) -> str:
    """Format a session's title with its day and start in its edition's zone: "Peer learning, 25 September 2025, 16:00".

    Without a time with its day or date hint. Sessions may have equal titles.
    """
    if session.starts_at:
        when = date_format(session.starts_at.astimezone(session.edition.zone), "j F Y, H:i")
    else:
        when = date_format(session.held_on, "j F Y") if session.held_on else session.date_hint
    return _("%(session)s, %(time)s") % {"session": session, "time": when} if when else str(session)


def zoned_moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Format a moment in a zone: "Thu 25 Sep 2025, 16:00 CEST"."""
    local = moment.astimezone(zone)
    return f"{date_format(local, 'D j M Y, H:i')} {zone_name(local)}"


def from_minute(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Format the first full minute from a moment on: "14:33 CEST"."""
    local = timezone.localtime(moment + dt.timedelta(minutes=1) - dt.timedelta.resolution, zone)
    return f"{date_format(local, 'H:i')} {zone_name(local)}"


def session_time(session: Session, reader_zone: str = "") -> str:
    """Format when a session is held, with the edition's zone, and in the reader's zone if that differs:

    "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid); your time: 17:00–18:30 EEST (Helsinki)". Without a time its day or
    date hint; empty if neither is known.
    """
    if not session.starts_at or not session.ends_at:
        return date_format(session.held_on, "l j F Y") if session.held_on else session.date_hint
    return _session_time(session.starts_at, session.ends_at, session.edition.zone, reader_zone, get_language())


@lru_cache(maxsize=1024)
def _session_time(
    starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo, reader_zone: str, _language: str | None
) -> str:
    """Return the text of `session_time`, formatted once for all who read it in the same zone and language."""
    text = span(starts_at, ends_at, zone)
    theirs = known_zone(reader_zone)
    if theirs is None or all(
        moment.astimezone(theirs).utcoffset() == moment.astimezone(zone).utcoffset() for moment in (starts_at, ends_at)
    ):
        return text
    is_same_day = starts_at.astimezone(theirs).date() == starts_at.astimezone(zone).date()
    reader_time = span(starts_at, ends_at, theirs, with_day=not is_same_day)
    return _("%(time)s; your time: %(reader_time)s") % {"time": text, "reader_time": reader_time}


def span(starts_at: dt.datetime, ends_at: dt.datetime, zone: ZoneInfo, *, with_day: bool = True) -> str:
    """Format a time range with its day and zone: "Thursday 25 September 2025, 16:00–17:30 CEST (Madrid)"."""
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
    """Format a time range: "16:00–17:30 CEST", or "02:30 CEST–02:45 CET" if the clocks change in between.

    `zone`: by default the active one. Without `names_zone` it is only named if the clocks change.
    """
    local, until = timezone.localtime(starts_at, zone), timezone.localtime(ends_at, zone)
    first, last = zone_name(local), zone_name(until)
    changes = first != last
    starts = date_format(local, pattern) + (f" {first}" if changes else "")
    ends = date_format(until, pattern) + (f" {last}" if changes or names_zone else "")
    return f"{starts}–{until_day}{ends}"


def titles(sessions: Iterable[Session]) -> str:
    """List the titles of sessions: "“One”, “Other”"."""
    return ", ".join(f"“{session}”" for session in sessions)


def offset_label(minutes: int) -> str:
    """Write minutes in the largest unit that divides them: "7 days", "1 hour", "90 minutes"."""
    if minutes % 1440 == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def duration(starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> str:
    """Format how long something takes: "90 min", and from two hours on "2 h", "3 h 30 min"; empty if that is unknown."""
    if starts_at is None or ends_at is None:
        return ""
    minutes = round((ends_at.astimezone(dt.UTC) - starts_at.astimezone(dt.UTC)) / dt.timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if hours < 2:  # noqa: PLR2004 - people count two hours' minutes no more
        return _("%(minutes)s min") % {"minutes": minutes}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def speaker_sentences(shown: Iterable[Mapping[str, str]]) -> list[str]:
    """Return who speaks and who moderates, one sentence each: "Speakers: Ana Puig (City of Girona), Bo Li".

    `shown`: as `Session.shown_speakers`.
    """
    names: dict[bool, list[str]] = {False: [], True: []}
    for it in shown:
        named = f"{it['name']} ({it['organisation']})" if it["organisation"] else it["name"]
        names[it["part"] == "moderator"].append(named)
    speakers = ngettext("Speaker: %(names)s", "Speakers: %(names)s", len(names[False])) % {
        "names": ", ".join(names[False])
    }
    moderators = ngettext("Moderator: %(names)s", "Moderators: %(names)s", len(names[True])) % {
        "names": ", ".join(names[True])
    }
    return [sentence for sentence, some in ((speakers, names[False]), (moderators, names[True])) if some]
