"""The board as a spreadsheet: exactly what it shows; no text can run as a formula."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import IO

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attendance import wording
from attendance.queries.board import Board
from attendance.queries.board_rows import BoardCell
from attendance.rules.shown_states import ShownState

# What spreadsheets read as a formula, even after any spaces and zero-width characters.
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-]")
ROWS_AT_ONCE = 200
WIDTHS = (24, 24, 32, 12, 12)  # characters, of the columns about the person
WIDTH = 30  # of the others


def rows_of(board: Board) -> Iterator[list[str]]:
    """Yield the headings, a row for each person, and the totals."""
    text_of = cell_texts()
    yield [_("City"), _("Name"), _("Email"), _("State"), _("Standing"), *(heading(it) for it in board.sessions)]
    for group in board.read_groups():
        city = str(group.delegation)
        for row in group.rows:
            person = row.participant
            about = [city, str(person), person.user.email, str(person.get_state_display()), row.standing_label]
            yield about + [text_of(cell) for cell in row.cells]
    yield [
        _("Present / expected (all pages)"),
        "",
        "",
        "",
        "",
        *(f"{it.n_there} / {it.n_expected}" for it in board.totals),
    ]


def cell_texts() -> Callable[[BoardCell], str]:
    """Return a function for the text of a cell in the language of now. Most cells have the same: it remembers them."""
    language = get_language()

    @lru_cache(maxsize=1000)
    def text(state: ShownState, minutes: int, source: str, arrived: str) -> str:
        return wording.of_cell(state, wording.measured_text(minutes, source, arrived, language))

    without_attendance = cache(lambda state: wording.of_cell(state, ""))

    def text_of(cell: BoardCell) -> str:
        seen = cell.attendance
        if seen is None:
            return without_attendance(cell.state)
        return text(cell.state, seen.minutes, seen.source, wording.arrival(seen))

    return text_of


def heading(session: object) -> str:
    """Return a column's heading: "★ Peer-learning (2025-09-25)"."""
    day = getattr(session, "local_day", None)
    return ("★ " if getattr(session, "is_core", False) else "") + str(session) + (f" ({day})" if day else "")


def as_csv(board: Board) -> Iterator[bytes]:
    """Yield the board as UTF-8 with a byte order mark, by which spreadsheets recognise it; a page of it in memory at a time."""
    out = io.StringIO("\ufeff", newline="")
    out.seek(1)
    for rows in batched(rows_of(board), ROWS_AT_ONCE):
        csv.writer(out).writerows([harmless(text) for text in row] for row in rows)
        yield out.getvalue().encode()
        out = io.StringIO(newline="")


def batched(rows: Iterator[list[str]], n: int) -> Iterator[list[list[str]]]:
    """Yield the rows in lists of `n`."""
    while some := list(islice(rows, n)):
        yield some


@lru_cache(maxsize=1000)  # most cells of a board have the same text
def harmless(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def as_xlsx(board: Board) -> Iterator[bytes]:
    """Yield the board as a workbook whose cells are all texts. It is written to a temporary file, row by row."""
    with tempfile.TemporaryFile() as out:
        write_workbook(board, out)
        out.seek(0)
        while some := out.read(2**16):
            yield some


def write_workbook(board: Board, out: IO[bytes]) -> None:
    import xlsxwriter  # noqa: PLC0415 - heavy library rarely needed

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(_("Attendance"))
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 2)
        for column, width in enumerate((*WIDTHS, *(WIDTH for _session in board.sessions))):
            sheet.set_column(column, column, width)
        for number, row in enumerate(rows_of(board)):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, bold if number == 0 else None)
