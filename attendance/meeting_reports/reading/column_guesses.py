"""Guessing what the columns of one table hold from their cells, where no label says so."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise

from attendance.meeting_reports.reading import cell_words, labels, tables, times
from attendance.meeting_reports.reading.cells import (
    has_unit,
    is_action,
    is_choice,
    is_moment,
    is_role,
    is_word,
    reading,
    share,
)
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import Table
from udtacademy.tables.decoding import TableRow

FEWEST_CELLS = 3
MOSTLY = 0.6
LONGEST_STAY = dt.timedelta(days=2)
ROUNDING = dt.timedelta(minutes=2)
PRESENCE = frozenset({Column.JOIN, Column.LEAVE, Column.TIMESTAMP})
OF_MEETINGS = frozenset({Column.MEETING, Column.HOST, Column.START, Column.END, Column.COUNT})
OF_PEOPLE = frozenset({Column.NAME, Column.FIRST_NAME, Column.EMAIL, Column.JOIN, Column.LEAVE, Column.DURATION})


class ColumnGuesses:
    """The columns of a table, known and guessed. `spare`: the columns whose labels are unknown and which are still
    free.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = dict(table.columns)
        self.guessed: dict[Column, int] = {}
        width = max((len(it.cells) for it in table.rows), default=0)
        known = [n for n, label in enumerate(table.head.cells) if labels.column_of(label)]
        self.first = self.first_of_person(known)
        taken = {*self.columns.values(), *filter(self.is_kept, known)}
        spare = [n for n in range(self.first, width) if n not in taken]
        self.cells = {n: table.cells(n) for n in spare}
        self.spare = [n for n in spare if self.cells[n]]

    def is_kept(self, index: int) -> bool:
        """Return whether the cells of a column fit its label, although another column has the same label."""
        column = labels.column_of(self.table.head.cells[index])
        return column is not None and tables.fits(column, self.table.cells(index))

    def first_of_person(self, known: Sequence[int]) -> int:
        """Return where the person's columns begin in a table that repeats the meeting's columns on each line."""
        of_meeting = [n for n in known if labels.column_of(self.table.head.cells[n]) in OF_MEETINGS]
        if not of_meeting or not self.table.has(Column.COUNT):
            return 0
        first = max(of_meeting) + 1
        if any(self.columns.get(it, first) < first for it in (Column.JOIN, Column.LEAVE)):
            return 0  # the columns are in another order
        for column in (Column.NAME, Column.EMAIL):  # the host's; the person's has an unknown label
            if self.columns.get(column, first) < first:
                del self.columns[column]
        return first

    def take(self, column: Column, index: int) -> None:
        """Take the column at `index` for `column`."""
        self.columns[column] = self.guessed[column] = index
        self.spare = [it for it in self.spare if it != index]

    def take_moments(self) -> None:
        """Take the two columns of moments that fit best for joining and leaving; one column with actions is a list's."""
        moments = [it for it in self.spare if share(self.cells[it], is_moment) > MOSTLY]
        join, leave = self.columns.get(Column.JOIN), self.columns.get(Column.LEAVE)
        if Column.TIMESTAMP in self.columns or (join is None and leave is None and len(moments) == 1):
            self.take_list(moments)
        elif moments and (join is None or leave is None):
            firsts, lasts = ([join] if join is not None else moments), ([leave] if leave is not None else moments)
            pairs = [(a, b) for a in firsts for b in lasts if a != b]
            best = max(pairs, key=lambda it: (self.agreement(*it), -it[0], -it[1]), default=None)
            if best and self.agreement(*best) > 0:
                for column, index in zip((Column.JOIN, Column.LEAVE), best, strict=True):
                    if column not in self.columns:
                        self.take(column, index)

    def take_list(self, moments: Sequence[int]) -> None:
        """Take the columns of a list: a moment and what happened then."""
        actions = [it for it in self.spare if it not in moments and is_action(self.cells[it])]
        has_action = Column.ACTION in self.columns or bool(actions)
        if Column.TIMESTAMP not in self.columns and moments:
            is_of_stays = Column.DURATION in self.columns and not has_action
            self.take(Column.JOIN if is_of_stays else Column.TIMESTAMP, moments[0])
        if Column.TIMESTAMP in self.columns and Column.ACTION not in self.columns and actions:
            # there are fewer words for actions than names
            self.take(Column.ACTION, min(actions, key=lambda index: (len(set(self.cells[index])), -index)))

    def agreement(self, join: int, leave: int) -> float:
        """Return how well two columns go together: on how many lines leaving follows joining, and the duration agrees."""
        stays = [
            stay for line in self.table.rows[: tables.SAMPLE] if (stay := self.stay(line, join, leave)) is not None
        ]
        if not stays:
            return 0.0
        agreeing = [
            (dt.timedelta() <= stay <= LONGEST_STAY) + (stated is not None and abs(stay - stated) <= ROUNDING)
            for stay, stated in stays
        ]
        shortest = sorted(stay for stay, _stated in stays)[len(stays) // 2]
        return sum(agreeing) / len(stays) - min(abs(shortest) / (100 * LONGEST_STAY), 0.5)

    def stay(self, line: TableRow, join: int, leave: int) -> tuple[dt.timedelta, dt.timedelta | None] | None:
        """Return the time between joining and leaving on a line, and its stated duration if any; None without both
        times.
        """
        since, until = reading(line.cell(join)), reading(line.cell(leave))
        if since is None or until is None:
            return None
        stated = times.minutes(line.cell(self.columns.get(Column.DURATION)))
        return until - since, None if stated is None else dt.timedelta(minutes=stated)

    def take_addresses(self) -> None:
        """Take the first column that mostly holds addresses."""
        addresses = [it for it in self.spare if share(self.cells[it], lambda cell: "@" in cell) > MOSTLY]
        if Column.EMAIL not in self.columns and addresses:
            self.take(Column.EMAIL, addresses[0])

    def take_names(self) -> None:
        """Take the parts of names first, then the column of whole names."""
        worded = [it for it in self.spare if share(self.cells[it], is_word) > MOSTLY]
        first, last = self.columns.get(Column.FIRST_NAME), self.columns.get(Column.LAST_NAME)
        if (first is None) != (last is None):
            beside = self.parts_beside(next(it for it in (first, last) if it is not None), worded)
            if beside:
                self.take(Column.FIRST_NAME if first is None else Column.LAST_NAME, min(beside))
        elif first is None and Column.NAME in self.columns:
            self.take_parts(worded)
        elif first is None:
            self.take_both_parts(worded)
        self.take_whole_name([it for it in worded if it in self.spare])

    def take_whole_name(self, worded: Sequence[int]) -> None:
        """Take a column for the whole name: one that repeats the parts, or the one with most different values."""
        parts = [self.columns[it] for it in (Column.FIRST_NAME, Column.LAST_NAME) if it in self.columns]
        if Column.NAME in self.columns:
            return
        if parts:
            shown = [it for it in worded if self.has_words_of(it, parts)]
            if shown:
                self.take(Column.NAME, shown[0])
        elif worded:
            self.take(
                Column.NAME,
                max(worded, key=lambda index: (not is_choice(self.cells[index]), len(set(self.cells[index])), -index)),
            )

    def take_parts(self, worded: Sequence[int]) -> None:
        """Take the other part of the name beside a column that is labelled just "name" and holds one word each.

        Another column labelled as a name then holds the whole names. Beside whole names, two columns may hold the
        parts.
        """
        name = self.columns[Column.NAME]
        if not labels.is_bare_name(self.table.head.cell(name)):
            apart = [(a, b) for a, b in pairwise(worded) if b - a == 1 and self.is_made_of(name, a, b)]
            if apart:
                self.take(Column.FIRST_NAME, apart[0][0])
                self.take(Column.LAST_NAME, apart[0][1])
            return
        beside = [it for it in self.parts_beside(name, worded) if not all(map(cell_words.is_yes_or_no, self.cells[it]))]
        if not beside:
            return
        other = max(beside)
        if self.are_parts(name, other):
            del self.columns[Column.NAME]
            self.take(Column.FIRST_NAME, min(name, other))
            self.take(Column.LAST_NAME, max(name, other))
            whole = [n for n in range(self.first, len(self.table.head.cells)) if n != name and self.is_name(n)]
            if whole:
                self.columns[Column.NAME] = whole[-1]

    def parts_beside(self, part: int, worded: Sequence[int]) -> list[int]:
        """Return the columns of words beside a part of the name, without those that hold whole names."""
        beside = [it for it in worded if abs(it - part) == 1]
        return [it for it in beside if not tables.are_whole_names(self.table, it, part)]

    def take_both_parts(self, worded: Sequence[int]) -> None:
        """Take two adjacent columns of one word each for first and last name."""
        names = [it for it in worded if not is_choice(self.cells[it]) and not is_role(self.cells[it])]
        apart = [(a, b) for a, b in pairwise(names) if b - a == 1 and self.are_parts(a, b) and self.are_parts(b, a)]
        if apart:
            self.take(Column.FIRST_NAME, apart[0][0])
            self.take(Column.LAST_NAME, apart[0][1])

    def are_parts(self, index: int, other: int) -> bool:
        """Return whether a column has mostly one word, or repeats a word beside different ones in the other column."""
        is_one_word = share(self.table.cells(index), lambda cell: len(cell.split()) == 1) > MOSTLY
        pairs = {(it.cell(index), it.cell(other)) for it in self.table.rows if it.cell(index) and it.cell(other)}
        return is_one_word or len(pairs) > len({part for part, _other in pairs})

    def is_name(self, index: int) -> bool:
        """Return whether a column is labelled as a name and its cells fit."""
        is_labelled = labels.exact_column_of(self.table.head.cells[index]) is Column.NAME
        return is_labelled and bool(cells := self.table.cells(index)) and tables.fits(Column.NAME, cells)

    def is_made_of(self, index: int, *parts: int) -> bool:
        """Return whether most names in a column consist of the words of the other columns on the same line."""
        pairs = [
            (labels.fold(line.cell(index)), labels.fold(" ".join(map(line.cell, parts))))
            for line in self.table.rows
            if all(map(line.cell, parts))
        ]
        return 2 * sum(sorted(whole.split()) == sorted(apart.split()) for whole, apart in pairs) > len(pairs)

    def has_words_of(self, index: int, parts: Iterable[int | None]) -> bool:
        """Return whether most cells of a column share a word with the other columns on the same line."""
        pairs = [
            (set(labels.fold(line.cell(index)).split()), labels.fold(" ".join(map(line.cell, parts))))
            for line in self.table.rows
        ]
        filled = [(shown, part) for shown, part in pairs if shown and part]
        return 2 * sum(bool(shown & set(part.split())) for shown, part in filled) > len(filled)

    def take_durations(self) -> None:
        """Take the column of minutes that are hardly ever longer than the stay, and often equal to it."""
        if Column.DURATION in self.columns or not self.columns.keys() >= {Column.JOIN, Column.LEAVE}:
            return
        for index in self.spare:
            pairs = list(self.stays_and_amounts(index))
            within = [amount - stay <= ROUNDING for stay, amount in pairs]
            equal = [abs(amount - stay) <= ROUNDING for stay, amount in pairs]
            has_units = share(self.cells[index], has_unit) > MOSTLY
            if pairs and sum(within) > 0.9 * len(pairs) and (has_units or 2 * sum(equal) >= len(pairs)):
                self.take(Column.DURATION, index)
                return

    def stays_and_amounts(self, index: int) -> Iterable[tuple[dt.timedelta, dt.timedelta]]:
        """Yield each stay within a day and the duration in the column at `index`."""
        for line in self.table.rows[: tables.SAMPLE]:
            stay = self.stay(line, self.columns[Column.JOIN], self.columns[Column.LEAVE])
            amount = times.minutes(line.cell(index))
            if stay and amount is not None:
                yield stay[0] % dt.timedelta(days=1), dt.timedelta(minutes=amount)

    def take_roles(self) -> None:
        """Take the first column that holds roles."""
        roles = [it for it in self.spare if is_role(self.cells[it])]
        if Column.ROLE not in self.columns and roles:
            self.take(Column.ROLE, roles[0])

    def take_attended(self) -> None:
        """Take a first column of yes and no before the name for whether somebody attended, as webinars have it."""
        of_webinars = self.table.title or self.columns.keys() & {Column.REGISTERED, Column.LAST_NAME}
        is_first = of_webinars and 0 in self.spare and self.columns.get(Column.NAME) == 1
        if Column.ATTENDED not in self.columns and is_first and all(map(cell_words.is_yes_or_no, self.cells[0])):
            self.take(Column.ATTENDED, 0)
