"""The limits of a table. A larger one is refused with a message before it is read into memory (decision 27)."""

from django.utils.translation import gettext as _

from udtacademy.tables.errors import TableError

MOST_BYTES = 5 * 1024**2
MOST_BYTES_UNPACKED = 30 * 1024**2
MOST_LINES = 40_000  # 8,000 people, five connections each
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000  # in all lines together, including empty ones between
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 300  # characters; the rest is cut off


def too_many_lines() -> TableError:
    return TableError(
        _("The file has more than %(n)s lines. Delete the lines that are not needed and upload it again.")
        % {"n": f"{MOST_LINES:,}"},
        code="too_many_lines",
    )


def too_long_line(line: int) -> TableError:
    return TableError(
        _("Line %(line)s has more than %(n)s characters. Correct or delete the line and upload the file again.")
        % {"line": line, "n": f"{LONGEST_LINE:,}"},
        code="line_too_long",
    )


def too_wide(line: int) -> TableError:
    return TableError(
        _(
            "Line %(line)s has more than %(n)s columns. Delete the columns that are not needed and upload the file again."
        )
        % {"line": line, "n": MOST_COLUMNS},
        code="too_many_columns",
    )


def too_many_cells() -> TableError:
    return TableError(
        _("The file has more than %(n)s cells. Delete the lines and columns that are not needed and upload it again.")
        % {"n": f"{MOST_CELLS:,}"},
        code="too_many_cells",
    )


def too_large_unpacked() -> TableError:
    limit = MOST_BYTES_UNPACKED // 1024**2
    return TableError(
        _("This workbook is larger than %(n)s MB when unpacked. Save the list as CSV and upload it again.")
        % {"n": limit},
        code="file_too_large",
    )


def too_complex() -> TableError:
    return TableError(
        _("This workbook contains much more than a list. Save the list as CSV and upload it again."),
        code="workbook_too_complex",
    )
