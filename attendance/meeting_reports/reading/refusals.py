"""Refuse what meeting platforms export besides attendance, so that nobody is counted as present because of it."""

import re
from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext as _

from attendance.meeting_reports.reading import labels, times
from attendance.meeting_reports.reading.labels import Column
from attendance.meeting_reports.reading.registration import REGISTERING
from attendance.meeting_reports.reading.report import ReportError
from attendance.meeting_reports.reading.tables import ReportSheet, Table
from udtacademy.tables.decoding import TableRow

POLL = re.compile(
    r"\b(polls?\b|polling|surveys?\b|q a\b|quiz|encuesta|sondeo|votacion|preguntas|enquesta|votacao|enquete|pesquisa|perguntas"
    r"|sondage|questions|umfrage|abstimmung|fragen|sondaggi|domande|ankiet|pytania|peiling|vragen|anket|omrostning|undersok"
    r"|afstemning|avstemning|kysely|aanestys|szavaz|sondaj|opros|psifoforia|dimoskopis)"
)
SUBMITTED = re.compile(
    r"submi(tted|ssion)|enviad|(hora|fecha|data|date|heure|ora) .*(envi\w*|envoi|invio|soumission)|ubermittel|eingereicht|inviat"
    r"|przesla|ingediend|verzonden|odeslan|skickad|indsendt|innsendt|lahetet|bekuld"
)
MEETING_ID = re.compile(r"\d{3}[ -]?\d{3,4}[ -]?\d{3,4}")
HAS_ID = re.compile(r"\bid\b")
PRESENCE = (Column.JOIN, Column.LEAVE, Column.TIMESTAMP)
WIDE = 3  # cells of a line that may be the head of a table
SAMPLE = 100


def refuse(sheet: ReportSheet) -> None:
    """Raise ReportError for lists of meetings, lists of registrations, and answers to polls, surveys and questions."""
    if any(says_who_was_there(it) for it in sheet.tables):
        return
    stretches = list(stretches_of(sheet))
    if any(labels.is_original_name(cell) for head, _rows in stretches for cell in head.cells):
        return  # a list of people in another language
    if any(map(lists_meetings, stretches)):
        raise ReportError(
            _(
                "This is a list of meetings without people. Open the meeting in that list and download its attendance "
                "report."
            ),
            code="meeting_list",
        )
    if any(n_moments(it) > 1 for it in stretches):
        return  # joining and leaving under unknown labels
    title = labels.fold(next((it.cells[0] for it in sheet.outside if it.cells and it.number < WIDE), ""))
    heads = [labels.fold(cell) for head, _rows in stretches for cell in head.cells]
    if POLL.search(title) or any(map(SUBMITTED.search, heads)) or any(map(are_answers, stretches)):
        raise ReportError(
            _(
                "These are answers to polls, a survey or questions. They do not show who attended. Download the attendance "
                "report instead."
            ),
            code="poll_answers",
        )
    has_people = any("@" in cell for _head, rows in stretches for line in rows for cell in line.cells)
    if any(map(REGISTERING.search, heads)) or (REGISTERING.search(title) and has_people):
        raise ReportError(
            _(
                "This is a list of registrations. It does not show who attended. Download the attendance report instead."
            ),
            code="registration_list",
        )


def says_who_was_there(table: Table) -> bool:
    """Return whether a table shows attendance: known columns of moments, of attendance, or of people's minutes."""
    if not table.lists_people:
        return False
    if table.has(Column.ATTENDED) or (table.has(Column.DURATION) and not table.has(Column.MEETING)):
        return True
    return any(table.has(it) and holds_moments(table.rows, table.columns[it]) for it in PRESENCE)


def stretches_of(sheet: ReportSheet) -> Iterator[tuple[TableRow, Sequence[TableRow]]]:
    """Yield the head and rows of each table, and of the lines outside tables whose first may be an unknown head."""
    for table in sheet.tables:
        yield table.head, table.rows[:SAMPLE]
    wide = [it for it in sheet.outside if len(it.cells) >= WIDE]
    if wide:
        yield wide[0], wide[1:SAMPLE]


def lists_meetings(stretch: tuple[TableRow, Sequence[TableRow]]) -> bool:
    """Return whether lines are about meetings: an ID, and at least two columns of moments without joining or leaving."""
    head, rows = stretch
    folded = [labels.fold(label) for label in head.cells]
    if any("zoom rooms" in label for label in folded):
        return True
    known = {labels.column_of(label) for label in head.cells}
    ids = [
        n
        for n, label in enumerate(folded)
        if HAS_ID.search(label) and holds(rows, n, lambda cell: bool(MEETING_ID.fullmatch(cell)))
    ]
    moments = [n for n in range(len(head.cells)) if holds_moments(rows, n)]
    return bool(ids) and len(moments) > 1 and not known & set(PRESENCE)


def are_answers(stretch: tuple[TableRow, Sequence[TableRow]]) -> bool:
    """Return whether lines are numbered, as answers to polls are."""
    head, rows = stretch
    return head.cell(0) == "#" and all(it.cell(0).isdecimal() for it in rows)


def n_moments(stretch: tuple[TableRow, Sequence[TableRow]]) -> int:
    """Return the number of columns of moments, without that of registering."""
    head, rows = stretch
    others = [n for n, it in enumerate(head.cells) if not REGISTERING.search(labels.fold(it))]
    return sum(holds_moments(rows, n) for n in others)


def holds_moments(rows: Sequence[TableRow], index: int) -> bool:
    return holds(rows, index, lambda cell: times.stamp(cell) is not None)


def holds(rows: Sequence[TableRow], index: int, is_one: Callable[[str], bool]) -> bool:
    """Return whether `is_one` is true for any filled cell of a column."""
    cells = [cell for it in rows[:SAMPLE] if (cell := it.cell(index))]
    return any(map(is_one, cells))
