"""Local times as instants, and clock changes."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# Dates outside are mistakes, and some calendars and libraries fail on them.
FIRST_DAY = dt.date(2000, 1, 1)
LAST_DAY = dt.date(2099, 12, 31)
FIRST_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LAST_MOMENT = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class NoSuchTimeError(ValueError):
    """A local time that does not exist because clocks go forward."""


def local_day(now: dt.datetime, zone: ZoneInfo) -> dt.date:
    return now.astimezone(zone).date()


def instant_on(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """Return a local time as an instant (UTC). A time that the clocks skip is moved by their change."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


def instants_of(local: dt.datetime, zone: ZoneInfo) -> list[dt.datetime]:
    """Return the instants (UTC) of a naive local time: none, one or two. Raises OverflowError for the first days of year 1."""
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    return sorted(it for it in both if it.astimezone(zone).replace(tzinfo=None) == local)


def to_instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the instant (UTC) of a naive local time; `fold` chooses between two. Raises NoSuchTimeError."""
    instants = instants_of(local, zone)
    if not instants:
        raise NoSuchTimeError(f"{local:%H:%M} does not exist on {local:%-d %B %Y} in {zone.key}: the clocks go forward")
    return instants[-1 if local.fold else 0]


def comes_twice(local: dt.datetime, zone: ZoneInfo) -> bool:
    """Return whether a local time comes twice because clocks go back."""
    return len(instants_of(local.replace(tzinfo=None), zone)) > 1


def shift_by_days(instant: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """Return the same local time `days` later, as an instant (UTC). A skipped time moves forward by the clock change."""
    local = instant.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=days)
    fold = instant.astimezone(zone).fold if comes_twice(local, zone) else 0
    return local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)


@dataclass(frozen=True)
class ClockChange:
    """From the day `on`, local time is `after` instead of `before` (each a name and an offset from UTC)."""

    on: dt.date
    before: tuple[str, dt.timedelta]
    after: tuple[str, dt.timedelta]

    @property
    def goes_forward(self) -> bool:
        return self.after[1] > self.before[1]


def clock_changes(first_on: dt.date, last_on: dt.date, zone: ZoneInfo) -> list[ClockChange]:
    """Return the clock changes of a zone between two days, both included."""

    def clock(on: dt.date) -> tuple[str, dt.timedelta]:
        noon = dt.datetime.combine(on, dt.time(12), zone)
        return noon.tzname() or "", noon.utcoffset() or dt.timedelta()

    days = [first_on + dt.timedelta(days=n) for n in range((last_on - first_on).days + 1)]
    clocks = [clock(day) for day in days]
    return [
        ClockChange(on=day, before=before, after=after)
        for day, before, after in zip(days[1:], clocks, clocks[1:], strict=False)
        if before != after
    ]
