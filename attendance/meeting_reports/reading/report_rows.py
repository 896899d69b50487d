"""Turn the texts of a file into rows with times in UTC, with warnings about what could not be read."""

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.meeting_reports.reading import (
    cell_words,
    labels,
    presence,
    times,
)
from attendance.meeting_reports.reading.clocks import FileClock
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.presence import Event
from attendance.meeting_reports.reading.report import Flag, Interval, ParsedRow, ReportError
from attendance.meeting_reports.reading.times import Stamp

ROUNDING = dt.timedelta(minutes=2)  # a total may be this much shorter than first to last for somebody who never left
LONGEST_PRESENCE = dt.timedelta(days=2)
MOST_LINES_NAMED = 5


class RowBuilder:
    """Builds the rows of a reading, and the warnings about them.

    `unclear`: lines whose times make no sense. `n_silent_ends`: people of a list whose presence may have lasted longer
    (see `Stays`).
    """

    def __init__(self, clock: FileClock, reading: Reading) -> None:
        self.clock, self.reading = clock, reading
        self.unclear: list[int] = []
        self.undated = False
        self.ended_at = clock.hints.ends_at
        self.unknown_actions: list[str] = []
        self.n_silent_ends = 0  # of people in a list: see `Stays`

    def all(self) -> tuple[list[ParsedRow], list[str]]:
        """Return the rows by line, and warnings about them. Raises ReportError when a list of events proves nobody's
        presence.
        """
        rows = self.of_list() if self.reading.layout == "list" else [self.row_of(it) for it in self.reading.entries]
        rows.sort(key=lambda it: it.line)
        warnings = []
        if self.unclear:
            some = ", ".join(map(str, self.unclear[:MOST_LINES_NAMED]))
            more = "…" if len(self.unclear) > MOST_LINES_NAMED else ""
            text = ngettext(
                "Line %(lines)s has no valid times and is not counted.",
                "%(n)s lines have no valid times and are not counted: %(lines)s",
                len(self.unclear),
            )
            warnings.append(text % {"lines": some + more, "n": len(self.unclear)})
        if self.undated:
            warnings.append(_("The times in this file have no date. Choose the session, then read the file again."))
        if any(Flag.ESTIMATED in it.flags for it in rows):
            warnings.append(
                _("The file does not say when some people left. They are counted until the end of the session.")
            )
        if self.n_silent_ends:
            text = ngettext(
                "%(n)s person joined again before leaving, but the file shows only one leave time. They are counted until "
                "that time and may have stayed longer.",
                "%(n)s people joined again before leaving, but the file shows only one leave time each. They are counted "
                "until that time and may have stayed longer.",
                self.n_silent_ends,
            )
            warnings.append(text % {"n": self.n_silent_ends})
        if self.unknown_actions:
            text = _(
                "These words are unknown. Whether they mean joining or leaving was guessed from their order: %(words)s"
            )
            warnings.append(text % {"words": ", ".join(self.unknown_actions[:MOST_LINES_NAMED])})
        if any(Flag.APPROXIMATE in it.flags for it in rows) and not self.undated:
            warnings.append(_("For some people the file has only minutes, not join and leave times."))
        return rows, warnings

    def row_of(self, entry: RawEntry) -> ParsedRow:
        """Return the row of an entry with an interval, with minutes, or with neither."""
        row = self.blank(entry)
        if Flag.ABSENT in entry.flags:
            return row
        joined, left = self.clock.stamp(entry.joined), self.clock.stamp(entry.left)
        total = times.minutes(entry.duration)
        if joined is None and left is None:
            return self.of_minutes(row, total)
        zone = self.clock.zone_of(entry)
        interval = self.interval(joined, left, zone) if joined and left else None
        if interval is None:
            return self.without_interval(row, joined, left, total, zone)
        if Flag.WAITED in entry.flags:
            return row
        if entry.is_total and total is not None and interval[1] - interval[0] - dt.timedelta(minutes=total) > ROUNDING:
            return self.of_minutes(row, total)
        return replace(row, interval=interval)

    def without_interval(
        self, row: ParsedRow, joined: Stamp | None, left: Stamp | None, total: float | None, zone: dt.tzinfo
    ) -> ParsedRow:
        """Return a row that lacks a pair of moments. Times of day without a date still give minutes; a single
        moment without a duration gives nothing.
        """
        if joined and left and joined.date is None and self.clock.hints.starts_at is None:
            self.undated = True
            day = dt.date(2000, 1, 1)
            start, end = dt.datetime.combine(day, joined.time), dt.datetime.combine(day, left.time)
            stayed = (end - start) % dt.timedelta(days=1)
            return self.of_minutes(row, stayed.total_seconds() / 60 if total is None else total)
        if joined and not left and total is not None and (reading := self.clock.reading(joined, zone)):
            start = times.instant(reading, zone, joined)
            return replace(row, interval=(start, start + dt.timedelta(minutes=total)))
        self.unclear.append(row.line)
        return row

    def of_minutes(self, row: ParsedRow, total: float | None) -> ParsedRow:
        """Return a row with minutes only; without minutes its line is unclear."""
        if total is None:
            self.unclear.append(row.line)
            return row
        if Flag.WAITED in row.flags:
            return row
        return replace(row, minutes=total, flags=row.flags | {Flag.APPROXIMATE})

    def interval(self, joined: Stamp, left: Stamp, zone: dt.tzinfo) -> Interval | None:
        """Return the time between two stamps in UTC; None if it is negative or longer than LONGEST_PRESENCE."""
        since, until = self.clock.reading(joined, zone), self.clock.reading(left, zone)
        if since is None or until is None:
            return None
        if joined.date is None and until < since:
            until += dt.timedelta(days=1)
        span = times.interval(since, until, zone, joined, left)
        return span if span and span[1] - span[0] <= LONGEST_PRESENCE else None

    def of_list(self) -> list[ParsedRow]:
        """Return the rows of a list of events. Each stay is in the row that begins it. Raises ReportError as `all`."""
        moments = {it.line: self.moment(it) for it in self.reading.entries}
        self.unclear += [line for line, moment in moments.items() if moment is None]
        by_person: dict[tuple[str, str, str, str], list[tuple[dt.datetime, RawEntry]]] = defaultdict(list)
        rows = {it.line: self.blank(it) for it in self.reading.entries}
        for entry in self.reading.entries:
            if moment := moments[entry.line]:
                by_person[rows[entry.line].key].append((moment, entry))
        people = [sorted(it, key=lambda event: event[0]) for it in by_person.values()]
        self.note_unknown_actions()
        if self.unknown_actions and all(len(it) == 1 for it in people):
            raise ReportError(
                _(
                    "This file lists each person once, with one time and an unknown word: %(words)s. It does not show who "
                    "attended. Download the attendance report instead."
                )
                % {"words": ", ".join(self.unknown_actions[:MOST_LINES_NAMED])},
                code="unknown_actions",
            )
        joining = presence.joining_among([[labels.fold(entry.action) for _at, entry in it] for it in people])
        last = self.ended_at or max((at for it in people for at, _entry in it), default=None)
        for events in people:
            stays = presence.stays_of(
                Event(entry.line, at, labels.fold(entry.action) in joining, entry.connection) for at, entry in events
            )
            for line, interval in stays.intervals.items():
                rows[line] = replace(rows[line], interval=interval)
            for event in stays.unended:
                row = rows[event.line]
                until = (event.at, last) if last and last > event.at else None
                rows[event.line] = replace(row, interval=until, flags=row.flags | {Flag.ESTIMATED})
            self.unclear += stays.unclear
            self.n_silent_ends += stays.has_silent_end
        return list(rows.values())

    def note_unknown_actions(self) -> None:
        """Note the words for which we do not know whether they mean joining or leaving."""
        actions = {labels.fold(it.action): it.action for it in self.reading.entries}
        self.unknown_actions = sorted(text for folded, text in actions.items() if not presence.is_known(folded))

    def moment(self, entry: RawEntry) -> dt.datetime | None:
        """Return the moment of an event in UTC; None if it cannot be read."""
        stamp, zone = self.clock.stamp(entry.joined), self.clock.zone_of(entry)
        reading = self.clock.reading(stamp, zone) if stamp else None
        return times.instant(reading, zone, stamp) if stamp and reading else None

    def blank(self, entry: RawEntry) -> ParsedRow:
        """Return the row of an entry without times."""
        robot = {Flag.ROBOT} if cell_words.is_robot(entry.name, entry.email) else set()
        return ParsedRow(
            line=entry.line,
            name=entry.name,
            original_name=entry.original_name,
            email=entry.email,
            account="" if entry.email else entry.account,
            flags=entry.flags | robot,
            meeting=entry.meeting,
            second_name=entry.second_name if entry.second_name.casefold() != entry.name.casefold() else "",
            second_email=entry.second_email,
        )
