"""How the times of a file are read: the order of its dates, decided once per file, and its time zone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from attendance.meeting_reports.reading import times
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.report import DateOrder, Doubt, Hints, ReportError
from attendance.meeting_reports.reading.tables import ReportSheet
from attendance.meeting_reports.reading.times import Stamp
from attendance.meeting_reports.reading.zones import NamedZone

MOST_ZONES = 3
LONGEST_ZONES = 60  # characters; the rest is cut off


@dataclass(frozen=True)
class FileClock:
    """How a file's times are read: the order of its dates, with the zone and the day to use where they are missing."""

    hints: Hints
    order: DateOrder | None  # None: the file has no dates whose order matters
    doubts: frozenset[Doubt] = frozenset()
    warnings: tuple[str, ...] = ()
    zone: NamedZone | None = None  # named in the rows about the meeting

    def zone_of(self, entry: RawEntry) -> dt.tzinfo:
        """Return the zone of an entry's times if none follows the time itself: the heading's, the meeting's, else the
        given one.
        """
        named = entry.zone or self.zone
        return named.tzinfo if named and not self.hints.is_zone_chosen else self.hints.zone

    def stamp(self, text: str) -> Stamp | None:
        """Return a person's moment, without the zone after it if the organiser has chosen one."""
        stamp = times.stamp(text)
        return replace(stamp, zone=None) if stamp and self.hints.is_zone_chosen else stamp

    def named_zone(self, reading: Reading) -> str:
        """Return the zones that the file names for its times, shortened; "" if some times have none."""
        if self.hints.is_zone_chosen:
            return ""
        names: set[str] = set()
        for entry in reading.entries:
            for stamp in filter(None, (times.stamp(entry.joined), times.stamp(entry.left))):
                named = stamp.zone or entry.zone or self.zone
                if named is None:
                    return ""
                names.add(named.name)
        return listed(sorted(names))

    def reading(self, stamp: Stamp, zone: dt.tzinfo) -> dt.datetime | None:
        """Return the local time, without a zone; None for a time of day if no day is known."""
        if stamp.date is not None:
            return stamp.on(self.order or DateOrder.DAY_FIRST)
        if self.hints.starts_at is None:
            return None
        start = self.hints.starts_at.astimezone(stamp.zone.tzinfo if stamp.zone else zone).replace(tzinfo=None)
        days = (start.date() + dt.timedelta(days=n) for n in (-1, 0, 1))
        return min((dt.datetime.combine(day, stamp.time) for day in days), key=lambda it: abs(it - start))


def listed(names: Sequence[str]) -> str:
    """Return the first names, as many as fit the column of the database, and "…" if there are more."""
    for n in range(min(len(names), MOST_ZONES), 0, -1):
        text = ", ".join([*names[:n], *(["…"] if len(names) > n else [])])
        if len(text) <= LONGEST_ZONES:
            return text
    return ""


def clock_of(sheet: ReportSheet, reading: Reading, hints: Hints) -> FileClock:
    """Return how the file's times are read. Raises ReportError when the file contradicts itself."""
    return replace(order_of(sheet, reading, hints), zone=sheet.zone)


def order_of(sheet: ReportSheet, reading: Reading, hints: Hints) -> FileClock:
    """Decide the order of dates for the whole file. Raises ReportError when the file contradicts itself."""
    stamps = [it for entry in reading.entries for it in (times.stamp(entry.joined), times.stamp(entry.left)) if it]
    dated = [it for it in stamps if it.date and not it.is_clear]
    if not dated:
        return FileClock(hints, None)
    about = [stamp for text in sheet.meta.values() if (stamp := times.stamp(text))]
    shown = times.settled(dated) or times.settled(about)
    if len(shown) > 1:
        raise ReportError(
            _(
                "Some dates in this file are day first and others month first, because a spreadsheet changed them. Download "
                "the report again and upload it without opening it."
            ),
            code="mixed_date_order",
        )
    if shown:
        return FileClock(hints, shown.pop())
    if all(it.date and it.date[0] == it.date[1] for it in dated):
        return FileClock(hints, reading.usual_order or DateOrder.DAY_FIRST)
    if hints.date_order:
        return FileClock(hints, hints.date_order)
    if hints.starts_at:
        return FileClock(hints, nearest_order(dated, hints))
    order = likely_order(dated, reading)
    example = next(it for it in dated if it.date and it.date[0] != it.date[1])
    day = example.on(order)
    text = _("The file does not show whether its dates are day first or month first. One date was read as %(date)s.")
    return FileClock(hints, order, frozenset({Doubt.DATE_ORDER}), (text % {"date": day.date() if day else "–"},))


def nearest_order(stamps: Sequence[Stamp], hints: Hints) -> DateOrder:
    """Return the order of dates that puts the file nearer to the session."""
    assert hints.starts_at is not None  # noqa: S101 - asked by the caller
    start = hints.starts_at.astimezone(hints.zone).replace(tzinfo=None)

    def distance(order: DateOrder) -> dt.timedelta:
        return min((abs(day - start) for it in stamps if (day := it.on(order))), default=dt.timedelta.max)

    return min(DateOrder, key=distance)


def likely_order(stamps: Sequence[Stamp], reading: Reading) -> DateOrder:
    """Return the order that keeps the days closer together, else the platform's usual one, else month first
    with AM/PM.
    """
    spread = {order: spread_of(stamps, order) for order in DateOrder}
    if len(set(spread.values())) > 1:
        return min(spread, key=lambda it: spread[it])
    if any(it.separator != "/" for it in stamps):
        return DateOrder.DAY_FIRST
    if reading.usual_order:
        return reading.usual_order
    return DateOrder.MONTH_FIRST if any(it.has_half for it in stamps) else DateOrder.DAY_FIRST


def spread_of(stamps: Sequence[Stamp], order: DateOrder) -> dt.timedelta:
    """Return the time between the first and the last moment in this order of dates."""
    days = [day for it in stamps if (day := it.on(order))]
    return max(days) - min(days) if days else dt.timedelta.max
