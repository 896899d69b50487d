"""The parts of a workbook, read element by element. Raises TableError beyond the limits of a list."""

import posixpath
import re
from typing import ClassVar

from udtacademy.tables import limits
from udtacademy.tables.cells import cell_text

MOST_STYLES = 65_536  # Excel itself takes no more
MOST_SHEETS = 1000
LAST_ROW = 1_048_576  # of Excel
LONGEST_TEXT = 3 * limits.LONGEST_CELL  # before blanks and marks are taken away
LONGEST_FORMAT = 255  # characters, as in Excel
ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")  # except surrogates, which text cannot hold


class Part:
    """A reader of one part's elements, which come by their local names."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class WorkbookPart(Part):
    """The sheets in order, by the names of their relations, and whether dates are counted from 1904."""

    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.is_of_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")]
            if len(self.sheets) > MOST_SHEETS:
                raise limits.too_complex()
        elif name == "workbookPr":
            self.is_of_1904 = attributes.get("date1904") in {"1", "true"}


class Relations(Part):
    """The roles of the archive's parts in the workbook."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}  # by the relation's name
        self.by_kind: dict[str, str] = {}  # the first of each kind
        self.sheets: set[str] = set()  # relations to sheets of cells, not of charts

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        key, kind = attributes["Id"], attributes["Type"].rpartition("/")[2]
        self.paths[key] = posixpath.normpath(posixpath.join("xl", attributes["Target"])).lstrip("/")
        self.by_kind.setdefault(kind, self.paths[key])
        if kind == "worksheet":
            self.sheets.add(key)
        if len(self.paths) > MOST_SHEETS:
            raise limits.too_complex()


class Styles(Part):
    """The styles that show a number as a moment, and those that show it as a duration."""

    def __init__(self) -> None:
        self.moments: set[str] = set()
        self.durations: set[str] = set()
        self.formats: dict[str, str] = {}
        self.n_styles: int | None = None  # of cells; None outside of their list

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats[attributes["numFmtId"]] = attributes.get("formatCode", "")[:LONGEST_FORMAT]
        elif name == "cellXfs":
            self.n_styles = 0
        elif name == "xf" and self.n_styles is not None:
            self.add(str(self.n_styles), attributes.get("numFmtId", "0"))
            self.n_styles += 1
        if len(self.formats) > MOST_STYLES or (self.n_styles or 0) > MOST_STYLES:
            raise limits.too_complex()

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.n_styles = None

    def add(self, style: str, format_id: str) -> None:
        # openpyxl is large, and few processes ever read a workbook.
        from openpyxl.styles import numbers  # noqa: PLC0415 - heavy library rarely needed

        code = self.formats.get(format_id) or numbers.builtin_format_code(int(format_id))
        if numbers.is_date_format(code):
            self.moments.add(style)
        if numbers.is_timedelta_format(code):
            self.durations.add(style)


class Texts(Part):
    """The text of one element at a time, its runs joined; phonetic text is left out."""

    SHOWN: ClassVar = {"t", "v"}

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.n_characters = 0
        self.is_shown = self.is_pronunciation = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - as all parts
        if name in self.SHOWN:
            self.is_shown = not self.is_pronunciation
        elif name == "rPh":
            self.is_pronunciation = True

    def end(self, name: str) -> None:
        if name in self.SHOWN:
            self.is_shown = False
        elif name == "rPh":
            self.is_pronunciation = False

    def text(self, text: str) -> None:
        if self.is_shown and self.n_characters < LONGEST_TEXT:
            self.runs.append(text[:LONGEST_TEXT])
            self.n_characters += len(text)

    def taken(self) -> str:
        """Return the text so far, and start the next."""
        text = "".join(self.runs)
        self.runs, self.n_characters = [], 0
        return text


class Strings(Texts):
    """The shared texts that cells refer to by number."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.strings.append(unescaped(self.taken()))


class SheetPart(Texts):
    """The rows that are not empty: (number, texts)."""

    def __init__(self, strings: list[str], styles: Styles, *, is_of_1904: bool) -> None:
        super().__init__()
        self.strings, self.styles, self.is_of_1904 = strings, styles, is_of_1904
        self.rows: list[tuple[int, list[str]]] = []  # not taken yet
        self.n_rows = self.n_cells = 0
        self.number = self.column = 0
        self.kind = self.style = ""
        self.cells: dict[int, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            column = attributes.get("r", "").rstrip("0123456789")
            self.column = column_of(column) if column else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
        elif name == "row":
            self.number = int(attributes.get("r", self.number + 1))
            self.column = 0
            if not 0 < self.number <= LAST_ROW:
                raise ValueError(self.number)
        else:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if name == "c":
            if self.runs:
                self.add(self.taken())
        elif name == "row":
            self.close()
        else:
            super().end(name)

    def add(self, text: str) -> None:
        if self.column > limits.MOST_COLUMNS:
            raise limits.too_wide(self.number)
        self.cells[self.column] = self.shown(text)

    def close(self) -> None:
        if not self.cells:
            return
        width = max(self.cells)
        self.n_rows, self.n_cells = self.n_rows + 1, self.n_cells + width
        if self.n_rows > limits.MOST_LINES:
            raise limits.too_many_lines()
        if self.n_cells > limits.MOST_CELLS:
            raise limits.too_many_cells()
        self.rows.append((self.number, [self.cells.get(column, "") for column in range(1, width + 1)]))
        self.cells = {}

    def taken_rows(self) -> list[tuple[int, list[str]]]:
        """Return the rows so far, and start the next."""
        rows, self.rows = self.rows, []
        return rows

    def shown(self, text: str) -> str:
        """Return a cell as text. Raises ValueError or IndexError for a value that contradicts its kind."""
        if self.kind == "s":
            return self.strings[int(text)]
        if self.kind == "b":
            return str(text.strip() not in {"0", "false"})
        if self.kind == "n":
            return self.shown_number(text)
        return unescaped(text)

    def shown_number(self, text: str) -> str:
        from openpyxl.utils import datetime  # noqa: PLC0415 - heavy library rarely needed

        try:
            number = float(text) if re.search("[.eE]", text) else int(text)
            if self.style not in self.styles.moments:
                return cell_text(number)
            epoch = datetime.MAC_EPOCH if self.is_of_1904 else datetime.WINDOWS_EPOCH
            return cell_text(datetime.from_excel(number, epoch, timedelta=self.style in self.styles.durations))
        except (ValueError, OverflowError):  # not a number, or not a date that exists
            return text


def column_of(letters: str) -> int:
    """Return the number of a column: 28 for "AB". Raises ValueError."""
    number = 0
    for letter in letters[:4]:
        digit = ord(letter) - ord("A") + 1
        if not 0 < digit <= 26:
            raise ValueError(letters)
        number = number * 26 + digit
    return number


def unescaped(text: str) -> str:
    """Return a text with characters that XML cannot contain restored from forms such as "_x000D_"."""
    return ESCAPED.sub(lambda it: chr(int(it[1], 16)), text) if "_x" in text else text
