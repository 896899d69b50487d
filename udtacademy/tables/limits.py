"""How large a table may be. A larger one is refused with a sentence before it is held in memory (decision 27)."""

from django.utils.translation import gettext as _

from udtacademy.tables.errors import TableError

MOST_BYTES = 5 * 1024**2
MOST_BYTES_UNPACKED = 30 * 1024**2
MOST_LINES = 40_000  # 8,000 people, five connections each
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000  # in all lines together, including empty ones between
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 300  # characters; the rest is cut off


def too_long() -> TableError:
    return TableError(_("The file has more than %s lines, which no list of people has.") % f"{MOST_LINES:,}")


def too_wide(line: int) -> TableError:
    return TableError(
        _("Line %(line)s has more than %(n)s columns, which no list of people has.") % {"line": line, "n": MOST_COLUMNS}
    )


def too_many_cells() -> TableError:
    return TableError(_("The file has more than %s cells, which no list of people has.") % f"{MOST_CELLS:,}")


def too_large_unpacked() -> TableError:
    limit = MOST_BYTES_UNPACKED // 1024**2
    return TableError(_("Unpacked, this workbook is larger than %s MB, which no list of people is.") % limit)


def too_complex() -> TableError:
    return TableError(
        _("The workbook holds far more than a list of people. Copy the list into a new workbook, or save it as CSV.")
    )
