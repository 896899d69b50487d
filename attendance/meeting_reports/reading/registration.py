"""Which columns of a table hold what people registered with, beside the name and address they came with."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from attendance.meeting_reports.reading import labels
from attendance.meeting_reports.reading.entries import joined
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import Table
from udtacademy.tables.decoding import TableRow

SAMPLE = 300  # rows that are examined
REGISTERING = re.compile(
    r"regist|rejestr|inscri|iscri|anmeld|aanmeld|tilmeld|pameld|anmal|ilmoittau|rekister|regiszt|reiestr|eggraf|kayit|kaydol"
    r"|prihlas|prijav|izena eman|zhuce|denglu|deunglog"
)
MAIL = re.compile(r"mail|correo|correu|courriel|posta|e post")
NAMES = {Column.NAME, Column.FIRST_NAME, Column.LAST_NAME}
OF_THE_MEETING = (Column.NAME, Column.UPN, Column.ROLE, Column.JOIN, Column.LEAVE, Column.DURATION)


@dataclass(frozen=True)
class Registered:
    """The columns of registered names and address. `own_email`: the column of the address people came with.

    `is_guessed`: found by content, as no label says so.
    """

    own_email: int | None
    email: int | None = None
    names: tuple[int, ...] = ()
    is_guessed: bool = False

    def name(self, line: TableRow) -> str:
        return joined(line.cell(it) for it in self.names)

    def email_of(self, line: TableRow) -> str:
        return line.cell(self.email)


def columns_of(table: Table) -> Registered:
    """Return the columns: by words for registering in any language we know, else by a second column of addresses.

    The names are the two columns before that address, unless labels say otherwise.
    """
    heads = [labels.fold(it) for it in table.head.cells]
    labelled = [n for n, head in enumerate(heads) if REGISTERING.search(head)]
    addresses = [n for n in range(len(heads)) if holds_addresses(table, n) and n != table.columns.get(Column.UPN)]
    own_email = own_address(table, labelled, addresses)
    taken = {table.columns.get(it) for it in OF_THE_MEETING} | {own_email}
    emails = [n for n in labelled if MAIL.search(heads[n]) or n in addresses]
    unlabelled = [
        n
        for n in addresses
        if own_email is not None and n - 2 > own_email and not {n, n - 1, n - 2} & (taken | set(addresses) - {n})
    ]
    email = next(iter(emails or unlabelled), None)
    if email is None:
        return Registered(own_email)
    names = [n for n in labelled if n not in emails and says(heads[n], NAMES)]
    if len(names) < 2:
        names = [n for n in (email - 2, email - 1) if n >= 0 and (n in labelled or not emails)]
    names = [n for n in names if n not in taken]
    last = [n for n in names if says(heads[n], {Column.LAST_NAME})]
    return Registered(own_email, email, (*(n for n in names if n not in last), *last), is_guessed=not emails)


def own_address(table: Table, labelled: list[int], addresses: list[int]) -> int | None:
    """Return the first column that is labelled as an address without a word for registering."""
    candidates = [
        n for n, label in enumerate(table.head.cells) if labels.column_of(label) is Column.EMAIL and n not in labelled
    ]
    chosen = table.columns.get(Column.EMAIL)
    return next(
        iter([n for n in candidates if n in addresses or n == chosen] or candidates),
        None if chosen in labelled else chosen,
    )


def holds_addresses(table: Table, index: int) -> bool:
    """Return whether most filled cells of a column are addresses."""
    cells = [cell for it in table.rows[:SAMPLE] if (cell := it.cell(index))]
    return 2 * sum("@" in it for it in cells) > len(cells)


def says(head: str, columns: Iterable[Column]) -> bool:
    """Return whether a label, folded, contains a word for one of these columns."""
    return any(f" {word} " in f" {head} " for word, column in labels.KNOWN.items() if column in set(columns))
