"""The board as a spreadsheet: exactly what it shows; no text can run as a formula."""

import csv
import io
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from django.utils.translation import gettext as _

from attendance import wording
from attendance.queries.board import Board

# What spreadsheets read as a formula, even after any spaces and zero-width characters.
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-]")


def rows_of(board: Board) -> Iterator[list[str]]:
    """Yield the headings, a row for each person, and the totals."""
    text_of = cache(wording.of_cell)  # most cells have the same text; only for this call, as the language may change
    yield [_("City"), _("Name"), _("Email"), _("State"), _("Standing"), *(heading(it) for it in board.sessions)]
    for group in board.read_groups():
        for row in group.rows:
            person = row.participant
            about = [str(group.delegation), str(person), person.user.email, str(person.get_state_display())]
            yield [*about, row.standing_label, *(text_of(cell.state, cell.basis) for cell in row.cells)]
    yield [
        _("Present / expected (all pages)"),
        "",
        "",
        "",
        "",
        *(f"{it.n_there} / {it.n_expected}" for it in board.totals),
    ]


def heading(session: object) -> str:
    """Return a column's heading: "★ Peer-learning (2025-09-25)"."""
    day = getattr(session, "local_day", None)
    return ("★ " if getattr(session, "is_core", False) else "") + str(session) + (f" ({day})" if day else "")


def as_csv(board: Board) -> bytes:
    """Return the board as UTF-8 with a byte order mark, by which spreadsheets recognise it."""
    out = io.BytesIO()
    with io.TextIOWrapper(out, encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([harmless(text) for text in row] for row in rows_of(board))
        stream.flush()
        return out.getvalue()


@lru_cache(maxsize=10_000)  # most cells of a board have the same text
def harmless(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def as_xlsx(board: Board) -> bytes:
    """Return the board as a workbook whose cells are all texts."""
    import xlsxwriter  # noqa: PLC0415 - heavy library rarely needed

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Attendance"))
        bold = book.add_format({"bold": True})
        for number, row in enumerate(rows_of(board)):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, bold if number == 0 else None)
        sheet.freeze_panes(1, 2)
        sheet.autofit()
    return out.getvalue()
