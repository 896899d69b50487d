"""One way in: the bytes of a file become a `ParsedReport`, or a `ReportError` with a sentence for a person."""

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from attendance.meeting_reports.reading import (
    counts,
    guessing,
    hosts,
    labels,
    limits,
    presence,
    refusals,
    tables,
    times,
)
from attendance.meeting_reports.reading.clocks import FileClock, clock_of
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.platforms import all_platforms, prepared
from attendance.meeting_reports.reading.presence import Event
from attendance.meeting_reports.reading.report import Doubt, Flag, Hints, Interval, ParsedReport, ParsedRow, ReportError
from attendance.meeting_reports.reading.tables import ReportSheet
from attendance.meeting_reports.reading.times import Stamp
from udtacademy.tables.decoding import Decoded, decode
from udtacademy.tables.errors import TableError

ROUNDING = dt.timedelta(minutes=2)  # by how much a total may differ from first to last without anybody having left
LONGEST_PRESENCE = dt.timedelta(days=2)
MOST_LINES_NAMED = 5
MOST_NAMED = 10
MEANINGS = {
    Column.NAME: gettext_lazy("name"),
    Column.FIRST_NAME: gettext_lazy("first name"),
    Column.LAST_NAME: gettext_lazy("last name"),
    Column.EMAIL: gettext_lazy("address"),
    Column.JOIN: gettext_lazy("joining"),
    Column.LEAVE: gettext_lazy("leaving"),
    Column.DURATION: gettext_lazy("duration"),
    Column.ACTION: gettext_lazy("what was done"),
    Column.TIMESTAMP: gettext_lazy("when it was done"),
    Column.ROLE: gettext_lazy("role"),
    Column.ATTENDED: gettext_lazy("whether they attended"),
}


def decoded_of(content: bytes, name: str, hints: Hints) -> Decoded:
    try:
        return decode(content, name=name, n_heads=labels.n_heads, encoding=hints.encoding)
    except TableError as error:
        raise ReportError(str(error)) from error


def read(content: bytes, *, hints: Hints, name: str = "") -> ParsedReport:
    """Read the attendance file of whatever platform. `name` is the file's, to tell a workbook from one that is renamed.

    Raises ReportError for everything that is no such file.
    """
    decoded = decoded_of(content, name, hints)
    sheet = prepared(tables.sheet_of(decoded.rows))
    refusals.refuse(sheet)
    sheet = guessing.with_guesses(sheet)
    platform, reading = reading_of(sheet)
    if not reading.entries:
        raise ReportError(nobody_in(sheet))
    entries, sole_role = hosts.with_sole_role(reading.entries)
    reading = replace(reading, entries=entries)
    if len({(it.name, it.email.casefold()) for it in entries}) > limits.MOST_PEOPLE:
        raise limits.too_many_people()
    clock = clock_of(sheet, reading, hints)
    made = Rows(clock, reading)
    rows, warnings = made.all()
    doubts = clock.doubts | ({Doubt.LABELS} if made.unknown_actions else set())
    if not decoded.is_sure:
        doubts |= {Doubt.ENCODING}
        warnings.append(_("The file does not say how its letters are encoded; %s fits best.") % decoded.encoding)
    guesses = guessed_columns(sheet)
    if reading.is_guessed or guesses or sole_role:
        doubts |= {Doubt.LABELS}
    if guesses:
        warnings.append(
            _("Columns with unknown labels were taken by what is in them: %s.")
            % ", ".join(f"“{label}” = {meaning_of(column)}" for label, column in guesses[:MOST_NAMED])
        )
    if sole_role:
        warnings.append(
            _("Nobody else has the role “%s”: it was taken for the one of whoever ran the meeting.") % sole_role
        )
    if unused := [it for it in guessing.unused_labels(sheet) if it not in reading.used_labels]:
        warnings.append(
            _("Columns with unknown labels were left out: %s.") % ", ".join(f"“{it}”" for it in unused[:MOST_NAMED])
        )
    return ParsedReport(
        platform=platform,
        layout=reading.layout,
        zone=str(hints.zone),
        named_zone=clock.named_zone(reading),
        encoding=decoded.encoding,
        date_order=clock.order,
        rows=rows,
        meta=sheet.meta,
        warnings=[*reading.warnings, *clock.warnings, *warnings, *counts.differences(sheet, rows)],
        doubts=frozenset(doubts),
    )


def guessed_columns(sheet: ReportSheet) -> list[tuple[str, Column]]:
    """Return each label that content gave a meaning, once."""
    columns: dict[tuple[str, Column], None] = {}
    for table in sheet.of_people:
        for column, index in table.guessed.items():
            label = table.head.cell(index) or _("column %s") % (index + 1)
            columns[label, column] = None
    return list(columns)


def meaning_of(column: Column) -> str:
    return str(MEANINGS.get(column, column.replace("_", " ")))


def nobody_in(sheet: ReportSheet) -> str:
    """Say why nobody is in a file: its tables are empty, or their lines have neither names nor addresses."""
    n_lines = sum(len(it.rows) for it in sheet.of_people)
    if not n_lines:
        return _("The file lists nobody: it has the heads of columns only. Nobody becomes absent by it.")
    text = ngettext(
        "The file has %(n)s line of a table, but neither a name nor an address in it. Columns: %(labels)s",
        "The file has %(n)s lines of tables, but neither names nor addresses in them. Columns: %(labels)s",
        n_lines,
    )
    column_labels = [label for table in sheet.of_people for label in table.head.cells if label]
    return text % {"n": n_lines, "labels": ", ".join(f"“{it}”" for it in dict.fromkeys(column_labels))} + "."


def reading_of(sheet: ReportSheet) -> tuple[str, Reading]:
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
                "This is not an attendance report of Zoom, Teams, Meet, Webex, GoTo or BigBlueButton that we know, nor a list "
                "with name, e-mail, join and leave."
            )
        )
    return module.__name__.rpartition(".")[2], module.read(sheet)


class Rows:
    """From entries to rows, with the lines that say nothing counted."""

    def __init__(self, clock: FileClock, reading: Reading) -> None:
        self.clock, self.reading = clock, reading
        self.unclear: list[int] = []
        self.undated = False
        self.ended_at = clock.hints.ends_at
        self.unknown_actions: list[str] = []
        self.n_silent_ends = 0  # of people in a list: see `Stays`

    def all(self) -> tuple[list[ParsedRow], list[str]]:
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
        if self.n_silent_ends:
            text = ngettext(
                "%(n)s person joined again before leaving, and the file tells of one leaving only: they count until the last "
                "time the file sees them, and may have stayed longer.",
                "%(n)s people joined again before leaving, and the file tells of one leaving only: they count until the last "
                "time the file sees them, and may have stayed longer.",
                self.n_silent_ends,
            )
            warnings.append(text % {"n": self.n_silent_ends})
        if self.unknown_actions:
            text = _(
                "These words are unknown, and were taken for joining or leaving by the order in which they come: %s"
            )
            warnings.append(text % ", ".join(self.unknown_actions[:MOST_LINES_NAMED]))
        if any(Flag.APPROXIMATE in it.flags for it in rows) and not self.undated:
            warnings.append(_("Some minutes are totals of the file, without the times they are from."))
        return rows, warnings

    def row_of(self, entry: RawEntry) -> ParsedRow:
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
        """Times of the day without a day still say for how long; half a pair says nothing."""
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
        if total is None:
            self.unclear.append(row.line)
            return row
        if Flag.WAITED in row.flags:
            return row
        return replace(row, minutes=total, flags=row.flags | {Flag.APPROXIMATE})

    def interval(self, joined: Stamp, left: Stamp, zone: dt.tzinfo) -> Interval | None:
        since, until = self.clock.reading(joined, zone), self.clock.reading(left, zone)
        if since is None or until is None:
            return None
        if joined.date is None and until < since:
            until += dt.timedelta(days=1)
        span = times.interval(since, until, zone, joined, left)
        return span if span and span[1] - span[0] <= LONGEST_PRESENCE else None

    def of_list(self) -> list[ParsedRow]:
        """The list of who joined and left, and when: each presence is told at the line that begins it."""
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
                    "Each person is in this file once, with one moment and a word that is unknown: %s. Nobody is present by that."
                )
                % ", ".join(self.unknown_actions[:MOST_LINES_NAMED])
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
        actions = {labels.fold(it.action): it.action for it in self.reading.entries}
        self.unknown_actions = sorted(text for folded, text in actions.items() if not presence.is_known(folded))

    def moment(self, entry: RawEntry) -> dt.datetime | None:
        stamp, zone = self.clock.stamp(entry.joined), self.clock.zone_of(entry)
        reading = self.clock.reading(stamp, zone) if stamp else None
        return times.instant(reading, zone, stamp) if stamp and reading else None

    def blank(self, entry: RawEntry) -> ParsedRow:
        robot = {Flag.ROBOT} if labels.is_robot(entry.name, entry.email) else set()
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
