"""One way in: the bytes of a file become a `Report`, or a `ReportError` with a sentence for a person."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.reports import guessing, labels, limits, tables, times
from attendance.reports.decoding import decode
from attendance.reports.entries import Entry, Reading
from attendance.reports.platforms import all_platforms
from attendance.reports.report import DateOrder, Doubt, Flag, Hints, Interval, Report, ReportError, Row
from attendance.reports.tables import Sheet
from attendance.reports.times import Stamp

ROUNDING = dt.timedelta(minutes=2)  # by how much a total may differ from first to last without anybody having left
LONGEST_PRESENCE = dt.timedelta(days=2)
MOST_LINES_NAMED = 5


def read(content: bytes, *, hints: Hints, name: str = "") -> Report:
    """Read the attendance file of whatever platform. `name` is the file's, to tell a workbook from one that is renamed.

    Raises ReportError for everything that is no such file.
    """
    decoded = decode(content, name=name, encoding=hints.encoding)
    sheet = guessing.with_guesses(tables.sheet_of(decoded.lines))
    platform, reading = reading_of(sheet)
    if not reading.entries:
        raise ReportError(_("The file lists nobody: it has the heads of columns only. Nobody becomes absent by it."))
    if len({(it.name, it.email.casefold()) for it in reading.entries}) > limits.MOST_PEOPLE:
        raise limits.too_many_people()
    clock = clock_of(sheet, reading, hints)
    rows, warnings = Rows(clock, reading).all()
    doubts = clock.doubts
    if not decoded.is_sure:
        doubts |= {Doubt.ENCODING}
        warnings.append(_("The file does not say how its letters are encoded; %s fits best.") % decoded.encoding)
    if reading.is_guessed:
        doubts |= {Doubt.LABELS}
        warnings.append(_("The labels of the columns are unknown. They were taken by position and content."))
    return Report(
        platform=platform,
        layout=reading.layout,
        zone=str(hints.zone),
        encoding=decoded.encoding,
        date_order=clock.order,
        rows=rows,
        meta=sheet.meta,
        warnings=[*reading.warnings, *clock.warnings, *warnings],
        doubts=frozenset(doubts),
    )


def reading_of(sheet: Sheet) -> tuple[str, Reading]:
    """The platform's name, and its reading. Raises ReportError when it is nobody's."""
    claims = [(it.claims(sheet), it) for it in all_platforms()]
    strength, module = max(claims, key=lambda it: it[0])
    if not strength:
        if any(it.columns for it in sheet.tables):
            raise ReportError(
                _("The file has columns, but not those of an attendance report: names, and times or minutes.")
            )
        raise ReportError(
            _(
                "This is not an attendance report of Zoom, Teams, Meet, Webex or BigBlueButton that we know, nor a list "
                "with name, e-mail, join and leave."
            )
        )
    return module.__name__.rpartition(".")[2], module.read(sheet)


@dataclass(frozen=True)
class Clock:
    """How the file's times are read: the order of its dates, and the zone and the day where they are missing."""

    hints: Hints
    order: DateOrder | None  # None: the file has no dates whose order matters
    doubts: frozenset[Doubt] = frozenset()
    warnings: tuple[str, ...] = ()

    def reading(self, stamp: Stamp) -> dt.datetime | None:
        """What the clock showed; None for a time of the day while no day is known."""
        if stamp.date is not None:
            return stamp.on(self.order or DateOrder.DAY_FIRST)
        if self.hints.starts_at is None:
            return None
        start = self.hints.starts_at.astimezone(self.hints.zone).replace(tzinfo=None)
        days = (start.date() + dt.timedelta(days=n) for n in (-1, 0, 1))
        return min((dt.datetime.combine(day, stamp.time) for day in days), key=lambda it: abs(it - start))


def clock_of(sheet: Sheet, reading: Reading, hints: Hints) -> Clock:
    """Settle the order of dates once for the whole file. Raises ReportError when the file contradicts itself."""
    stamps = [it for entry in reading.entries for it in (times.stamp(entry.joined), times.stamp(entry.left)) if it]
    dated = [it for it in stamps if it.date and not it.is_clear]
    if not dated:
        return Clock(hints, None)
    about = [it for text in sheet.meta.values() if (it := times.stamp(text))]
    shown = times.settled(dated) or times.settled(about)
    if len(shown) > 1:
        raise ReportError(
            _(
                "The dates of this file are partly day first and partly month first: a spreadsheet has changed them. "
                "Download the report again, and do not open it before."
            )
        )
    if shown:
        return Clock(hints, shown.pop())
    if all(it.date and it.date[0] == it.date[1] for it in dated):
        return Clock(hints, reading.usual_order or DateOrder.DAY_FIRST)
    if hints.date_order:
        return Clock(hints, hints.date_order)
    if hints.starts_at:
        return Clock(hints, nearest_order(dated, hints))
    order = likely_order(dated, reading)
    example = next(it for it in dated if it.date and it.date[0] != it.date[1])
    day = example.on(order)
    text = _("Nothing in the file says whether its dates are day first or month first; read as %s.")
    return Clock(hints, order, frozenset({Doubt.DATE_ORDER}), (text % (day.date() if day else "–"),))


def nearest_order(stamps: Sequence[Stamp], hints: Hints) -> DateOrder:
    """The order under which the file is nearer to the session."""
    assert hints.starts_at is not None  # noqa: S101 - asked by the caller
    start = hints.starts_at.astimezone(hints.zone).replace(tzinfo=None)

    def distance(order: DateOrder) -> dt.timedelta:
        return min((abs(day - start) for it in stamps if (day := it.on(order))), default=dt.timedelta.max)

    return min(DateOrder, key=distance)


def likely_order(stamps: Sequence[Stamp], reading: Reading) -> DateOrder:
    """The order under which the days lie closer together, else the platform's usual one, else what clocks of AM/PM go with."""
    spread = {order: spread_of(stamps, order) for order in DateOrder}
    if len(set(spread.values())) > 1:
        return min(spread, key=lambda it: spread[it])
    if any(it.separator != "/" for it in stamps):
        return DateOrder.DAY_FIRST
    if reading.usual_order:
        return reading.usual_order
    return DateOrder.MONTH_FIRST if any(it.has_half for it in stamps) else DateOrder.DAY_FIRST


def spread_of(stamps: Sequence[Stamp], order: DateOrder) -> dt.timedelta:
    days = [day for it in stamps if (day := it.on(order))]
    return max(days) - min(days) if days else dt.timedelta.max


class Rows:
    """From entries to rows, with the lines that say nothing counted."""

    def __init__(self, clock: Clock, reading: Reading) -> None:
        self.clock, self.reading = clock, reading
        self.unclear: list[int] = []
        self.undated = False
        self.ended_at = clock.hints.ends_at

    def all(self) -> tuple[list[Row], list[str]]:
        rows = self.of_list() if self.reading.layout == "list" else [self.row_of(it) for it in self.reading.entries]
        rows.sort(key=lambda it: it.line)
        warnings = []
        if self.unclear:
            some = ", ".join(map(str, self.unclear[:MOST_LINES_NAMED]))
            more = "…" if len(self.unclear) > MOST_LINES_NAMED else ""
            text = ngettext(
                "Line %(lines)s has no times that make sense; nothing follows from it.",
                "%(n)s lines have no times that make sense; nothing follows from them: %(lines)s",
                len(self.unclear),
            )
            warnings.append(text % {"lines": some + more, "n": len(self.unclear)})
        if self.undated:
            warnings.append(_("The times of this file have no date. Say which session it is of to have them placed."))
        if any(Flag.ESTIMATED in it.flags for it in rows):
            warnings.append(_("The file does not say when some people left: they count until the end of the session."))
        if any(Flag.APPROXIMATE in it.flags for it in rows) and not self.undated:
            warnings.append(_("Some minutes are totals of the file, without the times they are from."))
        return rows, warnings

    def row_of(self, entry: Entry) -> Row:
        row = self.blank(entry)
        if Flag.ABSENT in entry.flags:
            return row
        joined, left, total = times.stamp(entry.joined), times.stamp(entry.left), times.minutes(entry.duration)
        if joined is None and left is None:
            return self.of_minutes(row, total)
        found = self.interval(joined, left) if joined and left else None
        if found is None:
            return self.without_interval(row, joined, left, total)
        if Flag.WAITED in entry.flags:
            return row
        if entry.is_total and total is not None and found[1] - found[0] - dt.timedelta(minutes=total) > ROUNDING:
            return self.of_minutes(row, total)
        return replace(row, interval=found)

    def without_interval(self, row: Row, joined: Stamp | None, left: Stamp | None, total: float | None) -> Row:
        """Times of the day without a day still say for how long; half a pair says nothing."""
        if joined and left and joined.date is None and self.clock.hints.starts_at is None:
            self.undated = True
            day = dt.date(2000, 1, 1)
            start, end = dt.datetime.combine(day, joined.time), dt.datetime.combine(day, left.time)
            stayed = (end - start) % dt.timedelta(days=1)
            return self.of_minutes(row, stayed.total_seconds() / 60 if total is None else total)
        if joined and not left and total is not None and (reading := self.clock.reading(joined)):
            start = times.instant(reading, self.clock.hints.zone, joined.offset)
            return replace(row, interval=(start, start + dt.timedelta(minutes=total)))
        self.unclear.append(row.line)
        return row

    def of_minutes(self, row: Row, total: float | None) -> Row:
        if total is None:
            self.unclear.append(row.line)
            return row
        if Flag.WAITED in row.flags:
            return row
        return replace(row, minutes=total, flags=row.flags | {Flag.APPROXIMATE})

    def interval(self, joined: Stamp, left: Stamp) -> Interval | None:
        since, until = self.clock.reading(joined), self.clock.reading(left)
        if since is None or until is None:
            return None
        if joined.date is None and until < since:
            until += dt.timedelta(days=1)
        found = times.interval(since, until, self.clock.hints.zone, joined, left)
        return found if found and found[1] - found[0] <= LONGEST_PRESENCE else None

    def of_list(self) -> list[Row]:
        """The list of who joined and left, and when: each presence is told at the line that begins it."""
        joins = self.words_of_joining()
        by_person: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in self.reading.entries:
            by_person[entry.name, entry.email.casefold()].append(entry)
        moments = {it.line: self.moment(it) for it in self.reading.entries}
        known = [it for it in moments.values() if it]
        last = self.ended_at or max(known, default=None)
        return [row for found in by_person.values() for row in self.presence(found, moments, joins, last)]

    def words_of_joining(self) -> frozenset[str]:
        """Known words, or else the one with which people begin."""
        found = {labels.fold(it.action) for it in self.reading.entries}
        if found <= labels.JOINED | labels.LEFT:
            return labels.JOINED
        unknown = found - labels.JOINED - labels.LEFT
        first: dict[tuple[str, str], str] = {}
        for entry in sorted(
            self.reading.entries, key=lambda it: self.moment(it) or dt.datetime.max.replace(tzinfo=dt.UTC)
        ):
            first.setdefault((entry.name, entry.email), labels.fold(entry.action))
        begun = Counter(it for it in first.values() if it in unknown)
        most = max(begun.values(), default=0)
        return labels.JOINED | {it for it, n in begun.items() if 2 * n >= most}

    def moment(self, entry: Entry) -> dt.datetime | None:
        stamp = times.stamp(entry.joined)
        reading = self.clock.reading(stamp) if stamp else None
        return times.instant(reading, self.clock.hints.zone, stamp.offset) if stamp and reading else None

    def presence(
        self,
        entries: Sequence[Entry],
        moments: dict[int, dt.datetime | None],
        joins: frozenset[str],
        last: dt.datetime | None,
    ) -> Iterable[Row]:
        """The rows of one person: one for each line, those that begin a presence with its interval.

        Who joins twice without leaving was there all the time. Joining and leaving in one second is a visit of no length.
        """
        rows = {it.line: self.blank(it) for it in entries}
        self.unclear += [it.line for it in entries if moments[it.line] is None]
        timed = sorted((moment, it.line, it) for it in entries if (moment := moments[it.line]))
        since: tuple[dt.datetime, int] | None = None
        for moment, group in groupby(timed, key=lambda it: it[0]):
            events = [it[2] for it in group]
            balance = sum(1 if labels.fold(it.action) in joins else -1 for it in events)
            has_left = any(labels.fold(it.action) not in joins for it in events)
            if since and has_left:
                rows[since[1]] = replace(rows[since[1]], interval=(since[0], moment))
                since = (moment, events[0].line) if balance >= 0 else None
            elif since is None and balance > 0:
                since = moment, events[0].line
            elif since is None and balance < 0:
                self.unclear.append(events[0].line)
        if since:
            row = rows[since[1]]
            stays = last is not None and last > since[0]
            interval = (since[0], last) if last and stays else row.interval
            rows[since[1]] = replace(row, interval=interval, flags=row.flags | {Flag.ESTIMATED})
        return rows.values()

    def blank(self, entry: Entry) -> Row:
        robot = {Flag.ROBOT} if labels.is_robot(entry.name, entry.email) else set()
        return Row(
            line=entry.line,
            name=entry.name,
            original_name=entry.original_name,
            email=entry.email,
            flags=entry.flags | robot,
            meeting=entry.meeting,
        )
