"""Completing tables whose labels we do not know, by the content of their columns. An organiser confirms the result."""

from collections.abc import Sequence
from dataclasses import replace

from attendance.meeting_reports.reading import hosts, labels, times
from attendance.meeting_reports.reading.cells import share
from attendance.meeting_reports.reading.column_guesses import FEWEST_CELLS, MOSTLY, OF_PEOPLE, PRESENCE, ColumnGuesses
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from attendance.meeting_reports.reading.unlabelled_tables import unlabelled_tables


def with_guesses(sheet: ReportSheet) -> ReportSheet:
    """Return the sheet with its tables completed, column by column. Unchanged if all labels are known."""
    unlabelled = unlabelled_tables(sheet.outside, FEWEST_CELLS)
    completed = [complete(it) for it in (*sheet.tables, *unlabelled)]
    if not any(it.is_timed for it in completed):
        unlabelled = unlabelled or unlabelled_tables(sheet.outside, 2)
        completed = [with_minutes(complete(it)) for it in (*sheet.tables, *unlabelled)]
    completed = without_summaries(completed, {it.head.number for it in unlabelled})
    headed = {it.head.number for it in sheet.tables}
    new = [it for it in completed if it.head.number not in headed]
    used = {line.number for it in new for line in (it.head, *it.rows)}
    outside = tuple(it for it in sheet.outside if it.number not in used)
    return ReportSheet(tuple(hosts.with_hosts(sorted(completed, key=lambda it: it.head.number))), outside)


def without_summaries(candidates: Sequence[Table], unlabelled: set[int]) -> list[Table]:
    """Leave out candidates that are not lists of people: unlabelled lines, and a line about the meeting before the real
    tables.
    """
    listed = [it for it in candidates if it.head.number not in unlabelled or it.lists_people]
    of_people = [it for it in listed if it.lists_people]
    first = of_people[0] if of_people else None
    is_summary = (
        first is not None
        and len(of_people) > 1
        and first.head.number in unlabelled
        and len(first.rows) == 1
        and not first.title
        and first.section is None
    )
    return [it for it in listed if not (is_summary and it is first)]


def complete(table: Table) -> Table:
    """Return a table with the columns that its content shows; unchanged if it then still lists no people who were
    there.
    """
    guess = ColumnGuesses(table)
    if guess.spare:
        guess.take_moments()
        guess.take_addresses()
        guess.take_names()
        guess.take_durations()
        guess.take_roles()
        guess.take_attended()
    completed = replace(table, columns=guess.columns, guessed=guess.guessed)
    return completed if completed.is_timed or (completed.lists_people and table.lists_people) else table


def with_minutes(table: Table) -> Table:
    """Return a table without times with its column of minutes, if only one column can be that."""
    if table.has(Column.DURATION) or table.columns.keys() & (PRESENCE | {Column.MEETING, Column.COUNT}):
        return table
    guess = ColumnGuesses(table)
    guess.take_addresses()
    guess.take_names()
    spare = [it for it in guess.spare if share(guess.cells[it], lambda cell: times.minutes(cell) is not None) > MOSTLY]
    worded = [it for it in spare if any(any(map(str.isalpha, cell)) for cell in guess.cells[it])]
    candidates = worded or spare
    if len(candidates) != 1 or not table.columns.keys() & OF_PEOPLE:
        return table
    guess.take(Column.DURATION, candidates[0])
    completed = replace(table, columns=guess.columns, guessed=guess.guessed)
    return completed if completed.lists_people else table


def unused_labels(sheet: ReportSheet) -> list[str]:
    """Return the unknown labels of columns that have content and were not used."""
    unused: dict[str, None] = {}
    for table in sheet.of_people:
        for index, label in enumerate(table.head.cells):
            is_used = index in table.columns.values() or labels.column_of(label) is not None
            is_word = any(map(str.isalpha, label)) and not label.endswith(labels.QUESTION_MARKS)
            if is_word and not is_used and table.cells(index):
                unused[label] = None
    return list(unused)
