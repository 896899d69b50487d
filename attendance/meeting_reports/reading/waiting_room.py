"""Find the lines of a Zoom report about the waiting room where the label of that column is unknown."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from attendance.meeting_reports.reading import cell_words, labels
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import Table

LONGEST_WORD = 20


@dataclass(frozen=True)
class WaitingRoom:
    """The labels of the column and of the guests' column beside it, and the numbers of the lines in the waiting room."""

    label: str
    guests: str
    line_numbers: frozenset[int]


def waiting_room_of(table: Table) -> WaitingRoom | None:
    """Return the waiting room that a column of two words beside the guests' column shows; None if there is none.

    The column is the last that uses the guests' own two words, as for yes and no. The word for waiting is on lines that
    end when the same person's next line begins with the other word; or it is "yes", if that is the rarer one.
    """
    if table.has(Column.WAITING) or not table.has(Column.JOIN, Column.LEAVE, Column.NAME):
        return None
    name = table.columns[Column.NAME]
    columns = {n: answers(table, n) for n in range(name + 1, len(table.head.cells)) if is_unread(table, n)}
    columns = {n: texts for n, texts in columns.items() if texts}
    guest = table.columns.get(Column.GUEST, min(columns, default=None))
    if guest is None:
        return None
    of_guests = answers(table, guest)
    beside = [n for n, texts in columns.items() if n > guest and len(of_guests | texts) <= 2]
    for index in reversed(beside):
        if word := word_for_waiting(table, index):
            line_numbers = frozenset(it.number for it in table.rows if labels.fold(it.cell(index)) == word)
            return WaitingRoom(table.head.cells[index], table.head.cells[guest], line_numbers)
    return None


def is_unread(table: Table, index: int) -> bool:
    return index not in table.columns.values() and labels.column_of(table.head.cells[index]) in {None, Column.GUEST}


def answers(table: Table, index: int) -> frozenset[str]:
    """Return the one or two words that a column consists of, folded; empty for any other column."""
    texts = {labels.fold(cell) for it in table.rows if (cell := it.cell(index))}
    are_words = all(it and len(it) <= LONGEST_WORD and not any(map(str.isdigit, it)) for it in texts)
    return frozenset(texts) if are_words and len(texts) <= 2 else frozenset()


def word_for_waiting(table: Table, index: int) -> str:
    """Return the word, folded, on lines that others follow at once; "" if the column is about something else."""
    by_person = defaultdict(list)
    for line in table.rows:
        by_person[table.get(line, Column.NAME), table.get(line, Column.EMAIL)].append(line)
    before: Counter[str] = Counter()
    for rows in by_person.values():
        entered = {table.get(it, Column.JOIN): labels.fold(it.cell(index)) for it in rows}
        for line in rows:
            word, after = labels.fold(line.cell(index)), entered.get(table.get(line, Column.LEAVE))
            if after and after != word:
                before[word] += 1
    if len(before) == 1:
        return next(iter(before))
    counts = Counter(labels.fold(it.cell(index)) for it in table.rows)
    yes = [it for it in counts if it in cell_words.YES]
    is_rarer = len(yes) == 1 and len(counts) > 1 and 2 * counts[yes[0]] < counts.total()
    return yes[0] if is_rarer and not before else ""
