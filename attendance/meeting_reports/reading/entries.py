"""What a platform's reader takes from a table: texts, not yet converted to moments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from attendance.meeting_reports.reading import cell_words, limits
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.report import DateOrder, Flag
from attendance.meeting_reports.reading.tables import Table
from attendance.meeting_reports.reading.zones import NamedZone
from udtacademy.tables.decoding import TableRow

NAME_PARTS = (Column.FIRST_NAME, Column.MIDDLE_NAME, Column.LAST_NAME, Column.SECOND_LAST_NAME)


@dataclass(frozen=True)
class RawEntry:
    """One line about one person, as the file has it.

    `second_name`, `second_email`: those they registered with, if different. `account`: the platform's name for them, not
    an address. `connection`: which of their connections the line is about. `is_total`: the times are the first and the
    last, and the duration says how long they were there in between. `zone`: the zone named in the heading of the times.
    """

    line: int
    name: str
    email: str = ""
    original_name: str = ""
    joined: str = ""
    left: str = ""
    duration: str = ""
    action: str = ""
    flags: frozenset[Flag] = frozenset()
    is_total: bool = False
    meeting: str = ""
    second_name: str = ""
    second_email: str = ""
    account: str = ""
    connection: str = ""
    role: str = ""
    zone: NamedZone | None = None


@dataclass(frozen=True)
class Reading:
    """The result of a platform's reader.

    `usual_order`: the platform's usual order of dates, used when nothing else settles it. `used_labels`: labels of
    columns that the platform's reader reads itself.
    """

    layout: str
    entries: list[RawEntry]
    usual_order: DateOrder | None = None
    warnings: list[str] = field(default_factory=list)
    is_guessed: bool = False
    used_labels: frozenset[str] = frozenset()


def entries_of(tables: Iterable[Table], *, is_total: bool = False) -> list[RawEntry]:
    """Return the lines of tables that have a name or an address."""
    entries = (entry_of(table, line, is_total=is_total) for table in tables for line in table.rows)
    return [entry for entry in entries if entry.name or entry.email]


def entry_of(table: Table, line: TableRow, *, is_total: bool = False) -> RawEntry:
    """Return a line by the columns that all platforms have.

    The name is the display name, or else the first and last name together; beside a display name those are the second
    name. A role, a column of moderators or the section says who ran the meeting.
    """
    shown, apart = table.get(line, Column.NAME), whole(table, line, NAME_PARTS)
    name, role = shown or apart, table.get(line, Column.ROLE)
    is_host = (
        table.is_of_hosts
        or cell_words.is_organiser(role)
        or cell_words.is_yes(table.get(line, Column.MODERATOR))
        or bool(cell_words.HOST_IN_NAME.search(name))
    )
    return RawEntry(
        line=line.number,
        name=name,
        email=table.get(line, Column.EMAIL),
        joined=table.get(line, Column.JOIN) or table.get(line, Column.TIMESTAMP),
        left=table.get(line, Column.LEAVE),
        duration=table.get(line, Column.DURATION),
        action=table.get(line, Column.ACTION),
        flags=frozenset({Flag.HOST} if is_host else ()),
        is_total=is_total and bool(table.get(line, Column.DURATION)),
        second_name=apart if shown else "",
        role=role,
        zone=table.zone,
    )


def whole(table: Table, line: TableRow, parts: Iterable[Column]) -> str:
    """Return one name from the columns that hold its parts."""
    return joined(table.get(line, it) for it in parts)


def joined(parts: Iterable[str]) -> str:
    """Return one name from its parts, cut to LONGEST_NAME."""
    return " ".join(filter(None, parts))[: limits.LONGEST_NAME].rstrip()


def with_second_names(entries: Sequence[RawEntry]) -> list[RawEntry]:
    """Complete the lines of people who came back, which platforms list without their registered name.

    Only where one registered name goes with the display name: two people may use the same one.
    """
    known: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        if entry.second_name:
            known.setdefault((entry.name, entry.email.casefold()), set()).add(entry.second_name)
    only = {key: next(iter(names)) for key, names in known.items() if len(names) == 1}
    return [
        entry if entry.second_name else replace(entry, second_name=only.get((entry.name, entry.email.casefold()), ""))
        for entry in entries
    ]


def is_any_guessed(tables: Iterable[Table]) -> bool:
    return any(it.is_guessed for it in tables)
