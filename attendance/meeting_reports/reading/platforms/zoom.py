"""Zoom: usage reports in four generations, unique users, active hosts, webinars.

Durations are rounded up for each line, so that they are never added up where there are times.
"""

import re
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.meeting_reports.reading import entries, labels
from attendance.meeting_reports.reading.entries import RawEntry, Reading
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import DateOrder, Flag
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from attendance.meeting_reports.reading.waiting_room import waiting_room_of
from udtacademy.tables.decoding import TableLine

HOSTS = re.compile(
    r"\((co-?host|host|anfitri[oó]n?|anfitri[aã]o|hôte|gastgeber|ospitante|gospodarz)\b[^)]*\)", re.IGNORECASE
)
IN_BRACKETS = re.compile(r"\s*\(([^()]+)\)\s*$")
NO_SHOW = {"--", "-", ""}


def claims(sheet: ReportSheet) -> int:
    if any(it.has(Column.ATTENDED) for it in sheet.of_people):
        return 3
    return 3 if any(it.has_original_names for it in sheet.of_people) else 0


def read(sheet: ReportSheet) -> Reading:
    webinar = any(
        it.has(Column.ATTENDED) for it in sheet.of_people
    )  # beside it, callers have a table without the column
    tables = [it for it in sheet.of_people if webinar or it.has_original_names]
    layout = "webinar" if webinar else layout_of(tables[0], sheet)
    hosts = set() if layout == "active hosts" else {it.casefold() for it in host_addresses(sheet)}
    found: list[RawEntry] = []
    warnings = []
    rooms = [] if webinar else [it for table in tables if (it := waiting_room_of(table))]
    waiting = frozenset[int]().union(*(it.lines for it in rooms))
    for table in tables:
        entered = [entry_of(table, line, hosts) for line in table.lines]
        found += entries.with_second_names(with_addresses(entered) if webinar else entered)
    found = [it for it in found if it.name or it.email]
    found = [replace(it, flags=it.flags | {Flag.WAITED}) if it.line in waiting else it for it in found]
    for room in rooms:
        text = ngettext(
            "“%(label)s” was taken for the waiting room: %(n)s line is of somebody there, which is no attendance.",
            "“%(label)s” was taken for the waiting room: %(n)s lines are of people there, which is no attendance.",
            len(room.lines),
        )
        warnings.append(text % {"label": room.label, "n": len(room.lines)})
    if layout == "unique users":
        warnings.append(_("This report has totals only: nobody's times are in it, so the minutes are approximate."))
    return Reading(
        layout,
        found,
        usual_order=DateOrder.MONTH_FIRST,
        warnings=warnings,
        is_guessed=entries.is_any_guessed(tables) or bool(rooms),
        used_labels=frozenset(label for it in rooms for label in (it.label, it.guests)),
    )


def layout_of(table: Table, sheet: ReportSheet) -> str:
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
    """Whose account the meeting was on: a column of its own, or in brackets after the name."""
    found = []
    for table in sheet.meetings:
        for line in table.lines[:1]:
            found += re.findall(
                r"[^\s()<>]+@[^\s()<>]+", f"{table.get(line, Column.EMAIL)} {table.get(line, Column.HOST)}"
            )
    return found


def entry_of(table: Table, line: TableLine, hosts: set[str]) -> RawEntry:
    found = entries.entry_of(table, line)
    name, email = found.name, found.email
    flags = flags_of(table, line, name) | ({Flag.HOST} if email.casefold() in hosts else set())
    is_absent = Flag.ABSENT in flags
    return replace(
        found,
        name=name,
        email=email,
        original_name=original_of(name),
        joined="" if is_absent or found.joined in NO_SHOW else found.joined,
        left="" if is_absent or found.left in NO_SHOW else found.left,
        duration="" if is_absent else found.duration,
        flags=found.flags | flags,
        meeting=" ".join(filter(None, (table.get(line, Column.MEETING), start_of(table, line)))),
    )


def start_of(table: Table, line: TableLine) -> str:
    """Return when the meeting of a line began: the first such column, since one for its creation comes after."""
    return next((line.cell(n) for n, it in enumerate(table.head.cells) if labels.column_of(it) is Column.START), "")


def with_addresses(found: list[RawEntry]) -> list[RawEntry]:
    """Who comes back to a webinar is listed again without what they registered with: the address is the name's only one."""
    known: dict[str, set[str]] = {}
    for entry in found:
        known.setdefault(entry.name, set()).update(filter(None, [entry.email]))
    return [
        replace(it, email=next(iter(known[it.name]))) if not it.email and len(known[it.name]) == 1 else it
        for it in found
    ]


def original_of(name: str) -> str:
    found = IN_BRACKETS.search(name)
    return found[1].strip() if found and not HOSTS.search(name) else ""


def flags_of(table: Table, line: TableLine, name: str) -> set[Flag]:
    flags = set()
    if HOSTS.search(name):
        flags.add(Flag.HOST)
    if labels.is_yes(table.get(line, Column.WAITING)):
        flags.add(Flag.WAITED)
    if table.has(Column.ATTENDED) and not labels.is_yes(table.get(line, Column.ATTENDED)):
        has_times = table.get(line, Column.JOIN) not in NO_SHOW
        flags |= set() if has_times else {Flag.ABSENT}
    return flags
