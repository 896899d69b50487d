"""What a platform's reader takes from a table: texts, before they are moments."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from attendance.reports import labels
from attendance.reports.decoding import Line
from attendance.reports.labels import Column
from attendance.reports.report import DateOrder, Flag
from attendance.reports.tables import Table


@dataclass(frozen=True)
class Entry:
    """One line about one person, as the file has it.

    `second_name`, `second_email`: what they registered with, where that is another; `account`: the platform's own name for them,
    which is no address; `connection`: which one of theirs the line is about. `is_total`: the times are the first and the last, and
    the duration says how much of it they were there.
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


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a file. `usual_order` is the platform's order of dates, for want of anything better.

    `used_labels`: of columns that the platform's reader takes by itself.
    """

    layout: str
    entries: list[Entry]
    usual_order: DateOrder | None = None
    warnings: list[str] = field(default_factory=list)
    is_guessed: bool = False
    used_labels: frozenset[str] = frozenset()


def entries_of(tables: Iterable[Table], *, is_total: bool = False) -> list[Entry]:
    """The lines of tables that name somebody."""
    found = (entry_of(table, line, is_total=is_total) for table in tables for line in table.lines)
    return [it for it in found if it.name or it.email]


def entry_of(table: Table, line: Line, *, is_total: bool = False) -> Entry:
    """A line by the columns that all platforms have. A role or a column of moderators says who ran the meeting."""
    parts = (table.get(line, Column.FIRST_NAME), table.get(line, Column.LAST_NAME))
    role = labels.fold(table.get(line, Column.ROLE))
    is_host = role in labels.ORGANISERS or labels.is_yes(table.get(line, Column.MODERATOR))
    return Entry(
        line=line.number,
        name=table.get(line, Column.NAME) or " ".join(filter(None, parts)),
        email=table.get(line, Column.EMAIL),
        joined=table.get(line, Column.JOIN) or table.get(line, Column.TIMESTAMP),
        left=table.get(line, Column.LEAVE),
        duration=table.get(line, Column.DURATION),
        action=table.get(line, Column.ACTION),
        flags=frozenset({Flag.HOST} if is_host else ()),
        is_total=is_total and bool(table.get(line, Column.DURATION)),
    )


def is_any_guessed(tables: Iterable[Table]) -> bool:
    return any(it.is_guessed for it in tables)
