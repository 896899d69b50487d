"""Write tables as spreadsheets, a few rows in memory at a time. No text in them can run as a formula."""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import IO, Any, TypeAlias

from django.utils import timezone
from django.utils.translation import gettext as _

# What stands in a cell. An aware datetime is written in the active time zone, a boolean as a word, anything else as text.
Value: TypeAlias = Any
Row: TypeAlias = Sequence[Value]

# What spreadsheets read as a formula, even after any spaces and zero-width characters.
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-]")
NUMBERS = (int, float, Decimal)
DATE, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"  # formats of a workbook
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
LONGEST_TITLE = 31  # characters of a sheet's name
ROWS_AT_ONCE = 200
PIECE = 2**16  # bytes
WIDTH = 24  # characters of a column


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield rows as UTF-8 with a byte order mark, by which spreadsheets recognise it."""
    out = io.StringIO("\ufeff", newline="")
    out.seek(1)
    for some in batched(iter(rows), ROWS_AT_ONCE):
        csv.writer(out).writerows([csv_text(value) for value in row] for row in some)
        yield out.getvalue().encode()
        out = io.StringIO(newline="")


def batched(rows: Iterator[Row], n: int) -> Iterator[list[Row]]:
    """Yield the rows in lists of `n`."""
    while some := list(islice(rows, n)):
        yield some


def csv_text(value: Value) -> str:
    """Return a value as text that can be read again: dates with the year first, numbers as they are."""
    value = plain(value)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value) if isinstance(value, (*NUMBERS, dt.date)) else harmless(value)


def plain(value: Value) -> Any:
    """Return a value as a spreadsheet has it: a number, a date, a local datetime without its zone, or text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value).replace(tzinfo=None)
    return value if isinstance(value, (*NUMBERS, dt.date)) else str(value)


@lru_cache(maxsize=1000)  # most cells of a table have a text that others have
def harmless(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def as_xlsx(rows: Iterable[Row], *, title: str, widths: Sequence[int] = (), n_fixed: int = 1) -> Iterator[bytes]:
    """Yield rows as a workbook of one sheet, written to a temporary file row by row.

    `widths`: of the first columns, in characters; `n_fixed`: how many columns stay in sight.
    """
    with tempfile.TemporaryFile() as out:
        write_workbook(rows, out, title=title, widths=widths, n_fixed=n_fixed)
        out.seek(0)
        while some := out.read(PIECE):
            yield some


def write_workbook(rows: Iterable[Row], out: IO[bytes], *, title: str, widths: Sequence[int], n_fixed: int) -> None:
    import xlsxwriter  # noqa: PLC0415 - heavy library rarely needed

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(sheet_title(title))
        bold, date, moment = (
            book.add_format(it) for it in ({"bold": True}, {"num_format": DATE}, {"num_format": MOMENT})
        )
        sheet.freeze_panes(1, n_fixed)
        for number, row in enumerate(rows):
            if number == 0:
                for column in range(len(row)):
                    sheet.set_column(column, column, widths[column] if column < len(widths) else WIDTH)
            for column, value in enumerate(map(plain, row)):
                if isinstance(value, dt.date):
                    is_moment = isinstance(value, dt.datetime)
                    sheet.write_datetime(number, column, value, moment if is_moment else date)
                elif isinstance(value, NUMBERS):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, value, None if number else bold)


def sheet_title(text: str) -> str:
    """Return a text as the name of a sheet: shortened, without the characters that workbooks forbid there."""
    return FORBIDDEN_IN_TITLES.sub(" ", text)[:LONGEST_TITLE].strip() or _("List")
