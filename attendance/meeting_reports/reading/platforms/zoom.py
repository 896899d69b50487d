"""Zoom: usage reports in four generations, unique users, active hosts, webinars.

Zoom rounds up the duration of each line, so durations are not added up where there are times.
"""

import re
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.meeting_reports.reading import cell_words, entries, labels
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import DateOrder, Flag
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from attendance.meeting_reports.reading.waiting_room import waiting_room_of
from udtacademy.tables.decoding import TableRow

HOSTS = re.compile(
    r"\((co-?host|host|anfitri[oó]n?|anfitri[aã]o|hôte|gastgeber|ospitante|gospodarz)\b[^)]*\)", re.IGNORECASE
)
IN_BRACKETS = re.compile(r"\s*\(([^()]+)\)\s*$")
NO_SHOW = {"--", "-", ""}


def claims(sheet: ReportSheet) -> int:
    """Return 3 for a webinar, or for names with the original name in brackets."""
    if any(it.has(Column.ATTENDED) for it in sheet.of_people):
        return 3
    return 3 if any(it.has_original_names for it in sheet.of_people) else 0


def read(sheet: ReportSheet) -> Reading:
    # Callers have a table of their own in a webinar's report, without the column.
    webinar = any(it.has(Column.ATTENDED) for it in sheet.of_people)
    tables = [it for it in sheet.of_people if webinar or it.has_original_names]
    layout = "webinar" if webinar else layout_of(tables[0], sheet)
    hosts = set() if layout == "active hosts" else {it.casefold() for it in host_addresses(sheet)}
    people: list[RawEntry] = []
    warnings = []
    rooms = [] if webinar else [room for table in tables if (room := waiting_room_of(table))]
    waiting = frozenset[int]().union(*(it.line_numbers for it in rooms))
    for table in tables:
        entered = [entry_of(table, line, hosts) for line in table.rows]
        people += entries.with_second_names(with_addresses(entered) if webinar else entered)
    people = [it for it in people if it.name or it.email]
    people = [replace(it, flags=it.flags | {Flag.WAITED}) if it.line in waiting else it for it in people]
    for room in rooms:
        text = ngettext(
            "The column “%(label)s” was read as the waiting room. %(n)s line is about the waiting room and is not counted.",
            "The column “%(label)s” was read as the waiting room. %(n)s lines are about the waiting room and are not counted.",
            len(room.line_numbers),
        )
        warnings.append(text % {"label": room.label, "n": len(room.line_numbers)})
    if layout == "unique users":
        warnings.append(_("This report has total minutes but no join and leave times, so attendance is approximate."))
    return Reading(
        layout,
        people,
        usual_order=DateOrder.MONTH_FIRST,
        warnings=warnings,
        is_guessed=entries.is_any_guessed(tables) or bool(rooms),
        used_labels=frozenset(label for it in rooms for label in (it.label, it.guests)),
    )


def layout_of(table: Table, sheet: ReportSheet) -> str:
    """Return which of Zoom's reports a table is from."""
    if not table.has(Column.JOIN):
        return "unique users"
    if table.has(Column.MEETING) or table.has(Column.TOPIC):
        return "active hosts"
    is_new = table.has(Column.EMAIL) and not labels.OF_THE_USER.search(labels.fold(table.label(Column.EMAIL)))
    if is_new or any(it.has(Column.HOST) for it in sheet.meetings):
        return "2024-25"
    if table.has(Column.WAITING) or table.has(Column.CONSENT):
        return "2022-23"
    return "2020-21" if table.has(Column.GUEST) or sheet.meetings else "2020"


def host_addresses(sheet: ReportSheet) -> list[str]:
    """Return the addresses of the meeting's account: from a column of its own, or in brackets after the name."""
    addresses = []
    for table in sheet.meetings:
        for line in table.rows[:1]:
            addresses += re.findall(
                r"[^\s()<>]+@[^\s()<>]+", f"{table.get(line, Column.EMAIL)} {table.get(line, Column.HOST)}"
            )
    return addresses


def entry_of(table: Table, line: TableRow, hosts: set[str]) -> RawEntry:
    """Return a line with Zoom's flags and original name. `hosts`: addresses of hosts, lower-case."""
    entry = entries.entry_of(table, line)
    name, email = entry.name, entry.email
    flags = flags_of(table, line, name) | ({Flag.HOST} if email.casefold() in hosts else set())
    is_absent = Flag.ABSENT in flags
    return replace(
        entry,
        name=name,
        email=email,
        original_name=original_of(name),
        joined="" if is_absent or entry.joined in NO_SHOW else entry.joined,
        left="" if is_absent or entry.left in NO_SHOW else entry.left,
        duration="" if is_absent else entry.duration,
        flags=entry.flags | flags,
        meeting=" ".join(filter(None, (table.get(line, Column.MEETING), start_of(table, line)))),
    )


def start_of(table: Table, line: TableRow) -> str:
    """Return when the meeting of a line began: the first such column, as the one for its creation comes later."""
    return next((line.cell(n) for n, it in enumerate(table.head.cells) if labels.column_of(it) is Column.START), "")


def with_addresses(people: list[RawEntry]) -> list[RawEntry]:
    """Add the address to lines of people who came back to a webinar, if only one address goes with the name."""
    known: dict[str, set[str]] = {}
    for entry in people:
        known.setdefault(entry.name, set()).update(filter(None, [entry.email]))
    return [
        replace(entry, email=next(iter(known[entry.name])))
        if not entry.email and len(known[entry.name]) == 1
        else entry
        for entry in people
    ]


def original_of(name: str) -> str:
    """Return the original name in brackets after a display name; "" if the brackets name a role."""
    bracket = IN_BRACKETS.search(name)
    return bracket[1].strip() if bracket and not HOSTS.search(name) else ""


def flags_of(table: Table, line: TableRow, name: str) -> set[Flag]:
    """Return the flags of a line: host, waiting, absent."""
    flags = set()
    if HOSTS.search(name):
        flags.add(Flag.HOST)
    if cell_words.is_yes(table.get(line, Column.WAITING)):
        flags.add(Flag.WAITED)
    if table.has(Column.ATTENDED) and not cell_words.is_yes(table.get(line, Column.ATTENDED)):
        has_times = table.get(line, Column.JOIN) not in NO_SHOW
        flags |= set() if has_times else {Flag.ABSENT}
    return flags
