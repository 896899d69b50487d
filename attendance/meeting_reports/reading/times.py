"""Moments and durations as platforms write them, in the languages and orders they use."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from attendance.meeting_reports.reading import zones
from attendance.meeting_reports.reading.report import DateOrder, Interval
from attendance.meeting_reports.reading.zones import NamedZone

NUMBERS = r"(?P<a>\d{1,4})(?P<sep>[./-])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<c>\d{1,4})\.?"
NAMED = (
    r"(?:(?P<before>\d{1,2})\.?\s+(?:de\s+)?)?(?P<month>[^\W\d_]{3,12})\.?\s+"
    r"(?:(?P<after>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?:de\s+)?(?P<year>\d{4})"
)
TIME = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\.?)?(?:\s*(?:uhr|h|hrs?))?"
)
BETWEEN = r"(?:\s*,?\s*(?:T|[^\W\d_]{1,3}\s)?\s*)"  # ", ", " à ", "T"
MOMENT = re.compile(rf"(?:[^\W\d_]{{2,12}}\.?,?\s+)?(?:{NUMBERS}|{NAMED}){BETWEEN}{TIME}", re.IGNORECASE)
ONLY_TIME = re.compile(TIME, re.IGNORECASE)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen sty янв",
            "feb fev lut",
            "mar mrt mae",
            "apr abr avr kwi",
            "may mai mag maj mei",
            "jun giu juin cze",
            "jul lug juil lip iul",
            "aug ago aou ag sie avg",
            "sep set wrz",
            "oct okt ott out paz",
            "nov lis",
            "dec dic dez des gru dek",
        ),
        start=1,
    )
    for name in names.split()
}
AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]*)")
CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})")
UNITS = (
    (("h", "g", "o", "u", "ч"), 3600),
    (("m", "м"), 60),
    (("s", "с"), 1),
    (("d", "t", "j"), 86400),
)
OF_OUR_TIME = range(2000, 2100)
LONGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Stamp:
    """A moment as written. `date`: its three parts in the order written, year first or last; None for a time of day
    only.
    """

    date: tuple[int, int, int] | None
    time: dt.time
    zone: NamedZone | None = None  # named after the time
    is_clear: bool = False  # the month is named, or the year comes first
    has_half: bool = False  # AM or PM
    separator: str = "/"

    def on(self, order: DateOrder) -> dt.datetime | None:
        """Return the moment without a zone; None if there is no such day."""
        if self.date is None:
            return None
        first, second, third = self.date
        year, month, day = (first, second, third) if self.is_clear else (third, second, first)
        if order is DateOrder.MONTH_FIRST and not self.is_clear:
            month, day = day, month
        try:
            return dt.datetime.combine(dt.date(year, month, day), self.time)
        except ValueError:
            return None

    @property
    def shows(self) -> DateOrder | None:
        """Return the order of dates that a number above twelve proves."""
        if self.date is None or self.is_clear:
            return None
        if self.date[0] > 12:
            return DateOrder.DAY_FIRST
        return DateOrder.MONTH_FIRST if self.date[1] > 12 else None


@lru_cache(maxsize=100_000)
def stamp(text: str) -> Stamp | None:
    """Return the moment or time of day that a whole text is; None if it is neither."""
    text = " ".join(text.split())  # thirty blanks would make the pattern try thousands of ways
    text, zone = zones.split_off(text)
    if not text or not text[-1].isascii() or not any(it.isdigit() for it in text[:24]) or len(text) > 60:
        return None
    if match := MOMENT.fullmatch(text):
        date, is_clear = date_of(match)
        if date is None:
            return None
    elif match := ONLY_TIME.fullmatch(text):
        date, is_clear = None, False
    else:
        return None
    time = time_of(match)
    if time is None:
        return None
    separator = match.groupdict().get("sep") or "/"
    return Stamp(date, time, zone, is_clear, bool(match["half"]), separator)


def date_of(match: re.Match[str]) -> tuple[tuple[int, int, int] | None, bool]:
    """Return the parts of a date, and whether their order is certain; None if it is no date."""
    if match["month"]:
        day = match["before"] or match["after"]
        month = month_of(match["month"])
        if not day or not month:
            return None, False
        return (int(match["year"]), month, int(day)), True
    first, second, third = int(match["a"]), int(match["b"]), int(match["c"])
    if len(match["a"]) == 4:
        return ((first, second, third), True) if first in OF_OUR_TIME else (None, False)
    year = third + 2000 if third < 100 else third
    return ((first, second, year), False) if year in OF_OUR_TIME else (None, False)


def month_of(name: str) -> int | None:
    folded = anyascii(name).casefold()
    return next((MONTHS[folded[:n]] for n in (4, 3, 2) if folded[:n] in MONTHS), None)


def time_of(match: re.Match[str]) -> dt.time | None:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        return None


def instant(local: dt.datetime, zone: dt.tzinfo, stamp: Stamp | None = None, *, fold: int = 0) -> dt.datetime:
    """Return the moment in UTC of a clock's reading. A zone after the time itself takes precedence over `zone`."""
    clock = stamp.zone.tzinfo if stamp and stamp.zone else zone
    return local.replace(tzinfo=clock, fold=fold).astimezone(dt.UTC)


def interval(joined: dt.datetime, left: dt.datetime, zone: dt.tzinfo, *stamps: Stamp) -> Interval | None:
    """Return the time between two readings of a clock in UTC; None if it ends before it begins.

    In the night in which an hour is repeated, leaving "before" joining means leaving in the second of the two hours.
    """
    first, last = (stamps[0], stamps[-1]) if stamps else (None, None)
    start, end = instant(joined, zone, first), instant(left, zone, last)
    if end < start:
        end = instant(left, zone, last, fold=1)
    return (start, end) if end >= start else None


@lru_cache(maxsize=20_000)
def minutes(text: str) -> float | None:
    """Return a duration in minutes: "1h 39m 31s", "2 godz. 19 min", "204 mins", "01:02:03". A bare number is minutes."""
    text = text.strip()
    if match := CLOCK.fullmatch(text):
        hours, mid, last = int(match[1] or 0), int(match[2]), int(match[3])
        return within(hours * 60 + mid + last / 60)
    parts = AMOUNT.findall(text)
    if not parts or AMOUNT.sub("", text).strip(" .,:~≈<>"):
        return None
    seconds = 0.0
    for amount, unit in parts:
        seconds += float(amount.replace(",", ".")) * seconds_of(unit)
    return within(seconds / 60)


def within(amount: float) -> float | None:
    """Return an amount of minutes, rounded; None if it is longer than LONGEST_MINUTES."""
    return round(amount, 4) if amount <= LONGEST_MINUTES else None


def seconds_of(unit: str) -> int:
    folded = unit.casefold()
    if not folded:
        return 60
    if folded.startswith("st"):
        return 3600
    return next((n for starts, n in UNITS if folded.startswith(starts)), 60)


def settled(stamps: Iterable[Stamp]) -> set[DateOrder]:
    """Return the orders of dates that numbers above twelve prove. More than one: the file contradicts itself."""
    return {it.shows for it in stamps if it.shows}
