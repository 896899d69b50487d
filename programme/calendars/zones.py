"""Time zones as calendar files describe them (VTIMEZONE; RFC 5545, 3.6.5).

Where a zone has a rule, it is one STANDARD and one DAYLIGHT, each with a yearly RRULE: the one form that all programs
understand, Outlook's included. The data of a zone end with its rule (POSIX TZ; PEP 615), which `zoneinfo` does not show but
follows in years for which no changes are listed: the rule is what its changes in 28 such years have in common. The first
year of each RRULE is the first in which the rule holds, so that it is true, in the past (Outlook wants that), and the same
in all our files: some programs keep the first description of a name that they meet.

Where there is no rule, or not yet one, each change in the years concerned is an observance, and the last one before them.
"""

import calendar
import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vRecur

from programme.rules.local_times import LAST_DAY

EARLIEST_YEAR = 1970
YEARS_BY_RULE = range(2401, 2429)  # in 28 years without a missing leap year each date is on each weekday
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STEP = 4 * 86_400  # seconds
WEEK = 7  # days


class ZoneClock(NamedTuple):
    """The state of a zone's clocks: offset from UTC, daylight saving part of it (negative for winter time), name."""

    offset: dt.timedelta
    dst: dt.timedelta
    name: str


class ZoneChange(NamedTuple):
    """A change of a zone's clocks. `local`: when, on the clock before the change."""

    local: dt.datetime
    before: ZoneClock
    after: ZoneClock


class Yearly(NamedTuple):
    """A yearly change by RRULE, at the same local time."""

    recurrence: str
    at: dt.time
    before: ZoneClock
    after: ZoneClock


def time_zone(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """Return the VTIMEZONE that describes a zone in these years."""
    described = Timezone()
    described.add("tzid", zone.key)
    yearly, since = rule_of(zone)
    if first_year <= since:
        described.subcomponents += [observance(it) for it in listed(zone, range(first_year, min(last_year + 1, since)))]
    if yearly and since <= last_year:
        first = changes_in(zone, since)
        described.subcomponents += [observance(*it) for it in zip(first, yearly, strict=True)]
    return described


def observance(change: ZoneChange, yearly: Yearly | None = None) -> TimezoneStandard | TimezoneDaylight:
    """Return the observance that starts with a change, and its rule. Summer is DAYLIGHT also with negative DST (Dublin)."""
    component = TimezoneDaylight() if change.after.dst > change.before.dst else TimezoneStandard()
    component.DTSTART = change.local
    component.TZOFFSETFROM, component.TZOFFSETTO = change.before.offset, change.after.offset
    component.add("tzname", change.after.name)
    if yearly:
        component.add("rrule", vRecur.from_ical(yearly.recurrence))
    return component


def listed(zone: ZoneInfo, years: range) -> list[ZoneChange]:
    """Return the last change before these years (if none, the clock of 1970) and the changes in them."""
    earlier = (
        changes[-1] for year in range(years.start - 1, EARLIEST_YEAR - 1, -1) if (changes := changes_in(zone, year))
    )
    always = clock_at(zone, seconds(EARLIEST_YEAR))
    last_before = next(earlier, ZoneChange(dt.datetime(EARLIEST_YEAR, 1, 1), always, always))  # noqa: DTZ001 - local
    return [last_before, *(change for year in years for change in changes_in(zone, year))]


@cache
def rule_of(zone: ZoneInfo) -> tuple[tuple[Yearly, ...], int]:
    """Return the yearly changes of a zone's final rule, and the first year in which it holds.

    If there is none, or no RRULE expresses it: (), and the year after all sessions.
    """
    never = (), LAST_DAY.year + 1
    years = [changes_in(zone, year) for year in YEARS_BY_RULE]
    if any(len(changes) != 2 for changes in years):  # noqa: PLR2004 - forth and back
        return never
    common = [set.intersection(*(yearly_forms(change) for change in same)) for same in zip(*years, strict=True)]
    if not all(common):
        return never
    yearly = tuple(min(forms, key=lambda form: len(form.recurrence)) for forms in common)
    since = LAST_DAY.year + 1
    while since > EARLIEST_YEAR and is_by_rule(changes_in(zone, since - 1), yearly):
        since -= 1
    return yearly, since


def is_by_rule(changes: Sequence[ZoneChange], yearly: Sequence[Yearly]) -> bool:
    return len(changes) == len(yearly) and all(
        form in yearly_forms(change) for change, form in zip(changes, yearly, strict=True)
    )


def yearly_forms(change: ZoneChange) -> set[Yearly]:
    """Return every rule that fits the change: the 4th or last Sunday of March, the one from 22 to 28 March, …"""
    on = change.local
    day, weekday = on.day, WEEKDAYS[on.weekday()]
    last = calendar.monthrange(on.year, on.month)[1]
    parts = {f"BYDAY={(day - 1) // WEEK + 1}{weekday}"}
    if day > last - WEEK:
        parts.add(f"BYDAY=-1{weekday}")
    for first in range(max(1, day - WEEK + 1), min(day, last - WEEK + 1) + 1):
        parts.add(f"BYDAY={weekday};BYMONTHDAY={','.join(map(str, range(first, first + WEEK)))}")
    return {Yearly(f"FREQ=YEARLY;BYMONTH={on.month};{part}", on.time(), change.before, change.after) for part in parts}


@cache
def changes_in(zone: ZoneInfo, year: int) -> tuple[ZoneChange, ...]:
    """Return the changes of a zone's clocks in a year (of UTC). No zone has changed twice within a step since 1970."""
    ends = [*range(seconds(year), seconds(year + 1), STEP), seconds(year + 1)]
    changes = []
    for start, end in pairwise(ends):
        before, after = clock_at(zone, start), clock_at(zone, end)
        if before != after:
            within = range(start + 1, end + 1)
            moment = within[bisect_left(within, 1, key=lambda at: clock_at(zone, at) == after)]
            changes.append(ZoneChange(utc(moment).replace(tzinfo=None) + before.offset, before, after))
    return tuple(changes)


def clock_at(zone: ZoneInfo, moment: int) -> ZoneClock:
    local = utc(moment).astimezone(zone)
    return ZoneClock(local.utcoffset() or dt.timedelta(), local.dst() or dt.timedelta(), local.tzname() or "")


def utc(moment: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(moment, dt.UTC)


def seconds(year: int) -> int:
    """Return the start of a year in UTC, in seconds since 1970."""
    return calendar.timegm((year, 1, 1, 0, 0, 0))
