"""Compare what a file says about itself with what was read from it. Each difference is a sentence."""

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import ngettext

from attendance.meeting_reports.reading import labels, times
from attendance.meeting_reports.reading.entries import entry_of
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import Flag, ParsedRow
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from udtacademy.tables.decoding import TableRow

MOST_NAMED = 5
PEOPLE_COUNTED = re.compile(
    r"particip|partecip|attend|asisti|assist|teilnehm|uczestni|ucastni|deltag|deelnem|osallis|resztvev|total users"
    r"|total de usu|total d usu|nombre total d utilisateurs|utenti totali|totale utenti|benutzer gesamt|gesamtzahl|uchastni"
)
OTHERWISE_COUNTED = re.compile(r"regist|inscri|iscri|anmeld|rejest|cancel|average|media\b|max|minut|durat|id\b|unique")


def differences(sheet: ReportSheet, rows: Sequence[ParsedRow]) -> list[str]:
    """Return a sentence for each difference between what the file says about itself and what was read."""
    return [
        *of_counts(sheet, rows),
        *of_unread_people(sheet, rows),
        *of_nameless_lines(sheet, rows),
        *of_unread_lines(sheet),
    ]


def names_in(tables: Iterable[Table]) -> dict[str, str]:
    """Return the names of people in tables, in order: comparable form → as written."""
    names: dict[str, str] = {}
    for table in tables:
        for line in table.rows:
            entry = entry_of(table, line)
            if name := entry.name or entry.email:
                names.setdefault("".join(name.casefold().split()), name)
    return names


def listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def of_counts(sheet: ReportSheet, rows: Sequence[ParsedRow]) -> list[str]:
    """Return a sentence for each count of people that the file states and the rows do not confirm."""
    n_people, possible = len({row.key for row in rows if is_present(row)}), possible_counts(sheet, rows)
    sentences = []
    for label, number in counts_of(sheet):
        if number not in possible:
            text = ngettext(
                "The file says “%(label)s: %(number)s”, but %(n)s person was read.",
                "The file says “%(label)s: %(number)s”, but %(n)s people were read.",
                n_people,
            )
            sentences.append(text % {"label": label, "number": number, "n": n_people})
    return sentences


def is_present(row: ParsedRow) -> bool:
    return Flag.ABSENT not in row.flags


def possible_counts(sheet: ReportSheet, rows: Sequence[ParsedRow]) -> set[int]:
    """Return the numbers of people that a platform may count: by name or address, with or without those who only
    waited.

    A webinar counts each time that somebody came.
    """
    present = [row for row in rows if is_present(row)]
    admitted = [row for row in present if Flag.WAITED not in row.flags]
    numbers = {len({row.key for row in some}) for some in (present, admitted)}
    numbers |= {len({row.name for row in some}) for some in (present, admitted)}
    if any(it.has(Column.ATTENDED) for it in sheet.of_people):
        numbers |= {len(present), len(rows)}
    return numbers


def counts_of(sheet: ReportSheet) -> list[tuple[str, int]]:
    """Return the labels and numbers of people that the file states about its meeting; none for a file with several
    meetings.
    """
    if any(table.has(Column.COUNT) for table in sheet.of_people):
        return []
    numbers = ((label, text) for label, text in sheet.meta.items() if text.isdecimal() and len(text) < 7)
    return [(label, int(text)) for label, text in numbers if counts_people(label)]


def counts_people(label: str) -> bool:
    folded = labels.fold(label)
    return bool(PEOPLE_COUNTED.search(folded)) and not OTHERWISE_COUNTED.search(folded)


def of_unread_people(sheet: ReportSheet, rows: Sequence[ParsedRow]) -> list[str]:
    """Return a sentence about people who have a time or a duration in the file and were not read.

    Sections are left out: their reader compares them.
    """
    read = {"".join(name.casefold().split()) for row in rows for name in (row.name or row.email, row.second_name)}
    tables = [
        Table(table.head, [line for line in table.rows if says_something(table, line)], columns=table.columns)
        for table in sheet.of_people
        if table.section is None
    ]
    unread = [name for key, name in names_in(tables).items() if key not in read]
    if not unread:
        return []
    text = ngettext(
        "%(n)s person in the file was left out: %(names)s.",
        "%(n)s people in the file were left out: %(names)s.",
        len(unread),
    )
    return [text % {"n": len(unread), "names": listed(unread)}]


def of_nameless_lines(sheet: ReportSheet, rows: Sequence[ParsedRow]) -> list[str]:
    """Return a sentence about lines that have times but neither a name nor an address."""
    read = {row.line for row in rows}
    nameless: list[int] = []
    for table in sheet.of_people:
        for line in table.rows:
            entry = entry_of(table, line)
            is_nameless = not (entry.name or entry.email or line.number in read)
            if is_nameless and any(times.stamp(it) is not None for it in (entry.joined, entry.left)):
                nameless.append(line.number)
    if not nameless:
        return []
    text = ngettext(
        "Line %(lines)s has times but no name or address, and was left out.",
        "%(n)s lines have times but no name or address, and were left out: %(lines)s.",
        len(nameless),
    )
    return [text % {"n": len(nameless), "lines": listed([*map(str, nameless)])}]


def says_something(table: Table, line: TableRow) -> bool:
    """Return whether a line has a time or a duration."""
    return any(table.get(line, it) for it in (Column.JOIN, Column.LEAVE, Column.TIMESTAMP, Column.DURATION))


def of_unread_lines(sheet: ReportSheet) -> list[str]:
    """Return a sentence about lines outside of tables that look like a person's: two moments, or a moment and an
    address.
    """
    unread = [str(it.number) for it in sheet.outside if is_like_presence(it)]
    if not unread:
        return []
    text = ngettext(
        "Line %(lines)s looks like attendance but could not be read.",
        "%(n)s lines look like attendance but could not be read: %(lines)s.",
        len(unread),
    )
    return [text % {"n": len(unread), "lines": listed(unread)}]


def is_like_presence(line: TableRow) -> bool:
    n_moments = sum(times.stamp(it) is not None for it in line.cells)
    return len(line.cells) > 2 and (n_moments > 1 or (n_moments == 1 and any("@" in it for it in line.cells)))
