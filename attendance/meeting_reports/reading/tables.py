"""From rows of cells to tables: a row of known labels begins one; the rows outside tables are about the meeting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from attendance.meeting_reports.reading import cell_words, labels, meeting_zones, times, zones
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.zones import NamedZone
from udtacademy.tables.decoding import TableRow

SAMPLE = 300  # rows whose cells say what a column holds
MOMENTS = frozenset({Column.JOIN, Column.LEAVE, Column.TIMESTAMP, Column.START, Column.END})
OF_ZOOM = frozenset({Column.GUEST, Column.WAITING, Column.CONSENT})
NAMES = frozenset({Column.NAME, Column.FIRST_NAME, Column.LAST_NAME})
PEOPLE = NAMES | {Column.EMAIL}


@dataclass(frozen=True)
class Table:
    """A head and its rows. `section`: the number in a title such as "3. In-Meeting Activities"; `title`: the line
    before the head.
    """

    head: TableRow
    rows: Sequence[TableRow]
    section: int | None = None
    title: str = ""
    columns: dict[Column, int] = field(default_factory=dict)
    guessed: dict[Column, int] = field(default_factory=dict)  # those of `columns` that were guessed by content
    is_of_hosts: bool = False  # a section of those who ran the meeting

    def get(self, line: TableRow, column: Column) -> str:
        """Return the text of a cell; "" for a dash, which is how platforms write an empty cell."""
        text = line.cell(self.columns.get(column))
        return "" if text in cell_words.NO_TEXT else text

    def has(self, *columns: Column) -> bool:
        return all(it in self.columns for it in columns)

    def label(self, column: Column) -> str:
        return self.head.cell(self.columns.get(column))

    @property
    def is_guessed(self) -> bool:
        return bool(self.guessed)

    @cached_property
    def has_original_names(self) -> bool:
        """Return whether a column is Zoom's for names, by its label or by the columns beside it."""
        if any(labels.is_original_name(it) for it in self.head.cells):
            return True
        return Column.NAME in self.guessed and bool(self.columns.keys() & OF_ZOOM)

    @property
    def lists_people(self) -> bool:
        """Return whether there are names or addresses with times or minutes. A line about the meeting has a host and a length
        too.
        """
        known = self.columns.keys()
        if not known & {Column.NAME, Column.FIRST_NAME, Column.EMAIL}:
            return False
        if known & {Column.JOIN, Column.LEAVE, Column.TIMESTAMP, Column.ATTENDED}:
            return True
        return Column.DURATION in known and not known & {Column.MEETING, Column.TOPIC, Column.COUNT}

    @property
    def is_timed(self) -> bool:
        """Return whether the table lists people with moments."""
        return self.lists_people and bool(self.columns.keys() & {Column.JOIN, Column.LEAVE, Column.TIMESTAMP})

    @cached_property
    def zone(self) -> NamedZone | None:
        """Return the zone that the heading of its times names."""
        named = (zones.named_in(self.label(it)) for it in (Column.JOIN, Column.LEAVE, Column.TIMESTAMP) if self.has(it))
        return next((it for it in named if it), None)

    def cells(self, index: int) -> list[str]:
        """Return the filled cells of a column, of the first SAMPLE rows."""
        cells = (it.cell(index) for it in self.rows[:SAMPLE])
        return [it for it in cells if it not in cell_words.NO_TEXT]


@dataclass(frozen=True)
class ReportSheet:
    """A whole file: its tables, and the rows outside them."""

    tables: Sequence[Table]
    outside: Sequence[TableRow]

    @cached_property
    def meta(self) -> dict[str, str]:
        """Return what the file says about the meeting: label → text."""
        return meta_of(self.outside, self.tables)

    @property
    def of_people(self) -> list[Table]:
        """Return the tables that list people."""
        return [it for it in self.tables if it.lists_people]

    @property
    def meetings(self) -> list[Table]:
        """Return the tables about the meeting itself."""
        return [it for it in self.tables if not it.lists_people]

    @cached_property
    def zone(self) -> NamedZone | None:
        """Return the zone named about the meeting: under a label for zones, else by its start or end, else in a free
        text.
        """
        return meeting_zones.zone_of([*self.meta.items(), *meeting_zones.remarks_in(self.outside)])


def sheet_of(rows: Iterable[TableRow]) -> ReportSheet:
    """Return the tables in rows of cells, with the section and title that each is under."""
    tables: list[Table] = []
    outside: list[TableRow] = []
    section: int | None = None
    title = ""
    head: TableRow | None = None
    body: list[TableRow] = []

    def close() -> None:
        if head is not None:
            tables.append(Table(head, tuple(body), section_of_head, title_of_head, columns_of(head, body)))

    section_of_head, title_of_head = section, title
    filled = [it for it in rows if not it.is_empty]
    for line, following in zip_longest(filled, filled[1:]):
        if is_head(line):
            close()
            head, body, section_of_head, title_of_head = line, [], section, title
            title = ""
        elif len(line.cells) == 1 and (head is None or is_title(line, following, is_in_sections=section is not None)):
            close()
            head, body = None, []
            section, title = section_number(line.cells[0]) or section, line.cells[0]
            outside.append(line)
        elif head is None:
            outside.append(line)
            title = ""
        else:
            body.append(line)
    close()
    return ReportSheet(tuple(tables), tuple(outside))


def is_head(line: TableRow) -> bool:
    """Return whether a row has at least two known labels, and neither an address nor a moment."""
    if len(line.cells) < 2 or any("@" in it for it in line.cells):
        return False
    known = {labels.column_of(it) for it in line.cells} - {None, Column.OTHER}
    return len(known) >= labels.FEWEST_KNOWN and not any(times.stamp(it) for it in line.cells if it)


def is_title(line: TableRow, following: TableRow | None, *, is_in_sections: bool) -> bool:
    """Return whether a row with one cell ends a table because it is the next one's title. Otherwise it is a person without
    details.
    """
    if is_in_sections and section_number(line.cells[0]):
        return True
    return following is not None and (is_head(following) or is_like_head(following))


def is_like_head(line: TableRow) -> bool:
    """Return whether a row may be a head in an unknown language: only words, all different."""
    cells = [it for it in line.cells if it]
    return 2 < len(cells) == len(set(cells)) and len(cells) + 1 >= len(line.cells) and all(map(is_like_label, cells))


def is_like_label(cell: str) -> bool:
    is_text = any(it.isalpha() for it in cell) and "@" not in cell and len(cell) <= labels.LONGEST_LABEL
    return is_text and times.stamp(cell) is None and times.minutes(cell) is None


def section_number(text: str) -> int | None:
    """Return the 3 of "3. In-Meeting Activities"; None for any other text."""
    number, dot, rest = text.partition(".")
    return int(number) if dot and number.isdecimal() and len(number) < 3 and rest[:1] == " " else None


def columns_of(head: TableRow, body: Sequence[TableRow] = ()) -> dict[Column, int]:
    """Return where each column is.

    Of several with the same label: the one whose cells fit, then one whose whole label is known, then the last, which
    is the person's where the meeting's columns come first.
    """
    table = Table(head, tuple(body))
    candidates: dict[Column, list[int]] = {}
    for index, label in enumerate(head.cells):
        if column := labels.column_of(label):
            candidates.setdefault(column, []).append(index)
    hosts = columns_of_hosts(table, candidates)
    candidates = {
        column: others for column, all_of in candidates.items() if (others := [it for it in all_of if it not in hosts])
    }
    partners = names_apart(table, candidates)

    def rank(column: Column, index: int) -> tuple[bool, bool, bool, int]:
        cells = table.cells(index)
        is_exact = labels.exact_column_of(head.cells[index]) is not None
        return fits(column, cells), is_exact, bool(cells) or not body, index

    chosen = {
        column: max(indices, key=lambda it: rank(column, it)) for column, indices in candidates.items() if indices
    }
    return {column: index for column, index in chosen.items() if is_believable(column, index, table)} | partners


def columns_of_hosts(table: Table, candidates: dict[Column, list[int]]) -> set[int]:
    """Return the columns that name who ran each meeting: between topic and start, the same in each row of a meeting.

    Only if another column can have the participants: one after the start whose label is unknown.
    """
    topics, starts, joins = (candidates.get(it, []) for it in (Column.TOPIC, Column.START, Column.JOIN))
    if not (topics and starts and joins and min(starts) < min(joins)):
        return set()
    start = min(starts)
    if all(labels.column_of(it) for it in table.head.cells[start:]):
        return set()
    people = {it for column in PEOPLE for it in candidates.get(column, []) if min(topics) < it < start}
    n_meetings = len({it.cell(start) for it in table.rows})
    return {
        it
        for it in people
        if len({(row.cell(start), row.cell(it)) for row in table.rows}) == n_meetings < len(table.rows)
    }


def is_believable(column: Column, index: int, table: Table) -> bool:
    """Return whether a column may hold what its label says. Moments have to look like moments, names must not."""
    if labels.exact_column_of(table.head.cells[index]) and column not in MOMENTS | NAMES:
        return True
    return fits(column, table.cells(index))


def fits(column: Column, cells: Sequence[str]) -> bool:
    """Return whether any cell is of the column's kind. True for a column without cells."""
    if not cells:
        return True
    if column in MOMENTS:
        return any(times.stamp(it) for it in cells)
    if column is Column.EMAIL:
        return any("@" in it for it in cells)
    if column is Column.DURATION:
        return any(times.minutes(it) is not None for it in cells)
    return column not in NAMES or not all(times.stamp(it) for it in cells)


def names_apart(table: Table, candidates: dict[Column, list[int]]) -> dict[Column, int]:
    """Take a column labelled just "name" beside a column of last names for the first names, or the other way round.

    Remove it from the candidates for the name, unless its cells contain the other's words: then they are whole names.
    """
    has_first, has_last = Column.FIRST_NAME in candidates, Column.LAST_NAME in candidates
    if has_first == has_last:
        return {}
    partner = candidates[Column.LAST_NAME if has_last else Column.FIRST_NAME][-1]
    bare = [it for it in candidates.get(Column.NAME, []) if labels.is_bare_name(table.head.cells[it])]
    bare = [it for it in bare if not are_whole_names(table, it, partner)]
    if not bare:
        return {}
    index = min(bare, key=lambda it: abs(it - partner))
    candidates[Column.NAME].remove(index)
    return {Column.FIRST_NAME if has_last else Column.LAST_NAME: index}


def are_whole_names(table: Table, index: int, part: int) -> bool:
    """Return whether most cells of a column contain the words of another column on the same row, and more."""
    pairs = [(labels.fold(it.cell(index)).split(), labels.fold(it.cell(part)).split()) for it in table.rows[:SAMPLE]]
    filled = [(whole, some) for whole, some in pairs if whole and some]
    return 2 * sum(set(some) < set(whole) for whole, some in filled) > len(filled)


def meta_of(outside: Iterable[TableRow], tables: Sequence[Table]) -> dict[str, str]:
    """Return what the file says about the meeting: label → text, at most 40."""
    meta = {line.cells[0].rstrip(": "): line.cell(1) for line in outside if len(line.cells) > 1 and line.cells[0]}
    for table in tables:
        if not table.lists_people and table.rows:
            meta |= {label: line for label, line in zip(table.head.cells, table.rows[0].cells, strict=False) if label}
    return dict(list(meta.items())[:40])
