"""From the bytes of a workbook to the rows of its first sheet. It is an archive of XML, and says of itself what it likes.

Only the parts that a list of people needs are opened. Each is inflated piece by piece and read as it comes, so that what is
beyond the limits is given up before it is held, whatever sizes the archive claims (decision 27).
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import ClassVar
from xml.parsers import expat

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.reports import limits
from attendance.reports.report import ReportError
from attendance.reports.times import cell_text

WORKBOOK = "xl/workbook.xml"
CENTRAL_HEADER = b"PK\x01\x02"  # begins the entry of each member in an archive's directory
MOST_MEMBERS = 1000
MOST_ELEMENTS = 2_500_000  # of all parts together
MOST_STYLES = 65_536  # Excel itself takes no more
MOST_SHEETS = 1000
LAST_ROW = 1_048_576  # of Excel
DEEPEST = 64  # elements within each other
LONGEST_TAG = 256 * 1024  # bytes, comments and processing instructions included
LONGEST_TEXT = 3 * limits.LONGEST_CELL  # before blanks and marks are taken away
LONGEST_FORMAT = 255  # characters, as in Excel
PIECE = 64 * 1024  # bytes
COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile inflates the others without a limit
ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")  # but halves of characters, which no text can hold
OTHERS = (  # what else comes as an archive, by a member that tells
    ("xl/workbook.bin", gettext_lazy("a binary Excel workbook")),
    ("content.xml", gettext_lazy("an OpenDocument file")),
    ("Index/Document.iwa", gettext_lazy("a Numbers or Pages document")),
    ("Index.zip", gettext_lazy("a Numbers or Pages document")),
    ("word/document.xml", gettext_lazy("a Word document")),
)
BROKEN = (  # what zipfile and expat raise, and what follows from parts that contradict each other
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    OSError,
    ValueError,
)


def rows_of(content: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that have something in them, and their numbers. Raises ReportError."""
    if content.count(CENTRAL_HEADER) > MOST_MEMBERS:  # before zipfile makes an object of each
        raise ReportError(_("The archive has more than %s files in it, which no workbook has.") % f"{MOST_MEMBERS:,}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN as error:
        raise ReportError(
            _("The file is a damaged archive or workbook. Save it again, or download it again.")
        ) from error
    with archive:
        refuse_others(archive, name)
        try:
            yield from rows_in(Archive(archive))
        except ReportError:
            raise
        except BROKEN as error:
            raise ReportError(_("The workbook cannot be read. Save it as CSV, and give that.")) from error


def refuse_others(archive: zipfile.ZipFile, name: str) -> None:
    """Raises ReportError for what is no workbook, or not called one."""
    names = set(archive.namelist())
    if WORKBOOK not in names:
        for member, what in OTHERS:
            if member in names:
                raise ReportError(
                    _("This is %s. Save it as an Excel workbook (.xlsx) or as CSV, and give that.") % what
                )
        raise ReportError(_("This is an archive, not a report. Unpack it, and give the file that is in it."))
    if not name.casefold().endswith((".xlsx", ".xlsm")):
        raise ReportError(
            _("This is an Excel workbook, but its name does not end in .xlsx. Rename it, or save it as CSV from Excel.")
        )


class Archive:
    """The parts of a workbook, inflated in pieces; all of them together no larger than one may be."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.n_bytes_left, self.n_elements_left = limits.MOST_BYTES_UNPACKED, MOST_ELEMENTS

    def pieces_of(self, path: str) -> Iterator[bytes]:
        """Raises ReportError beyond the limit, and what is in BROKEN."""
        member = self.archive.getinfo(path)
        if member.flag_bits & 1:
            raise ReportError(_("The workbook is protected by a password. Save it without one, and give that."))
        if member.compress_type not in COMPRESSIONS:
            raise NotImplementedError(member.compress_type)
        with self.archive.open(member) as part:
            while piece := part.read(PIECE):
                self.n_bytes_left -= len(piece)
                if self.n_bytes_left < 0:
                    raise limits.too_large_unpacked()
                yield piece

    def read(self, path: str, part: "Part") -> Iterator[None]:
        """Feed a part's XML to what reads it; stops after each piece. Raises as `pieces_of`."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_doctype
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self.n_elements_left -= 1
            if depth > DEEPEST or self.n_elements_left < 0:
                raise too_complex()
            part.start(tag.rpartition(":")[2], attributes)

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            part.end(tag.rpartition(":")[2])

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = part.text
        n_given = 0
        for piece in self.pieces_of(path):
            parser.Parse(piece, False)
            n_given += len(piece)
            if n_given - parser.CurrentByteIndex > LONGEST_TAG:
                raise too_complex()
            yield
        parser.Parse(b"", True)
        yield

    def read_whole(self, path: str, part: "Part") -> None:
        for _piece in self.read(path, part):
            pass


def refuse_doctype(*_declared: object) -> None:
    """Workbooks have none; entities, which make much of little, are declared there."""
    raise too_complex()


def too_complex() -> ReportError:
    return ReportError(
        _("The workbook holds far more than a list of people. Copy the list into a new workbook, or save it as CSV.")
    )


class Part:
    """What is taken from the elements of one part, which come by their local names."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class Workbook(Part):
    """The sheets in order, by the names of their relations, and from when days are counted."""

    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.is_of_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")]
            if len(self.sheets) > MOST_SHEETS:
                raise too_complex()
        elif name == "workbookPr":
            self.is_of_1904 = attributes.get("date1904") in {"1", "true"}


class Relations(Part):
    """Which part is what to the workbook."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}  # by the relation's name
        self.by_kind: dict[str, str] = {}  # the first of each kind
        self.sheets: set[str] = set()  # relations to sheets of cells; there are sheets of charts as well

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        key, kind = attributes["Id"], attributes["Type"].rpartition("/")[2]
        self.paths[key] = posixpath.normpath(posixpath.join("xl", attributes["Target"])).lstrip("/")
        self.by_kind.setdefault(kind, self.paths[key])
        if kind == "worksheet":
            self.sheets.add(key)
        if len(self.paths) > MOST_SHEETS:
            raise too_complex()


class Styles(Part):
    """Which styles show a number as a moment, and which as a duration."""

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
            raise too_complex()

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.n_styles = None

    def add(self, style: str, format_id: str) -> None:
        # It is large, and few of the processes ever read a workbook.
        from openpyxl.styles import numbers  # noqa: PLC0415

        code = self.formats.get(format_id) or numbers.builtin_format_code(int(format_id))
        if numbers.is_date_format(code):
            self.moments.add(style)
        if numbers.is_timedelta_format(code):
            self.durations.add(style)


class Texts(Part):
    """The text of one element at a time, of its runs together; how a name is pronounced is left out."""

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
        """The text so far; the next begins."""
        text = "".join(self.runs)
        self.runs, self.n_characters = [], 0
        return text


class Strings(Texts):
    """The texts that cells refer to by number."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            self.strings.append(unescaped(self.taken()))


class Sheet(Texts):
    """The rows with something in them: (number, texts)."""

    def __init__(self, strings: list[str], styles: Styles, *, is_of_1904: bool) -> None:
        super().__init__()
        self.strings, self.styles, self.is_of_1904 = strings, styles, is_of_1904
        self.rows: list[tuple[int, list[str]]] = []  # that nobody has taken yet
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
            raise limits.too_long()
        if self.n_cells > limits.MOST_CELLS:
            raise limits.too_many_cells()
        self.rows.append((self.number, [self.cells.get(column, "") for column in range(1, width + 1)]))
        self.cells = {}

    def taken_rows(self) -> list[tuple[int, list[str]]]:
        rows, self.rows = self.rows, []
        return rows

    def shown(self, text: str) -> str:
        """A cell as text that reads back. Raises ValueError and IndexError for what contradicts its kind."""
        if self.kind == "s":
            return self.strings[int(text)]
        if self.kind == "b":
            return str(text.strip() not in {"0", "false"})
        if self.kind == "n":
            return self.shown_number(text)
        return unescaped(text)

    def shown_number(self, text: str) -> str:
        from openpyxl.utils import datetime  # noqa: PLC0415 - as in Styles

        try:
            number = float(text) if re.search("[.eE]", text) else int(text)
            if self.style not in self.styles.moments:
                return cell_text(number)
            epoch = datetime.MAC_EPOCH if self.is_of_1904 else datetime.WINDOWS_EPOCH
            return cell_text(datetime.from_excel(number, epoch, timedelta=self.style in self.styles.durations))
        except (ValueError, OverflowError):  # no number, or no day that there is
            return text


def column_of(letters: str) -> int:
    """The 28 of "AB". Raises ValueError."""
    number = 0
    for letter in letters[:4]:
        digit = ord(letter) - ord("A") + 1
        if not 0 < digit <= 26:
            raise ValueError(letters)
        number = number * 26 + digit
    return number


def unescaped(text: str) -> str:
    """With the characters that XML cannot hold, such as "_x000D_" for the end of a line."""
    return ESCAPED.sub(lambda it: chr(int(it[1], 16)), text) if "_x" in text else text


def rows_in(archive: Archive) -> Iterator[tuple[int, list[str]]]:
    book, relations, styles, strings = Workbook(), Relations(), Styles(), Strings()
    archive.read_whole(WORKBOOK, book)
    archive.read_whole("xl/_rels/workbook.xml.rels", relations)
    for kind, part in (("styles", styles), ("sharedStrings", strings)):
        if kind in relations.by_kind:
            archive.read_whole(relations.by_kind[kind], part)
    first = [relations.paths[it] for it in book.sheets if it in relations.sheets][0]  # noqa: RUF015 - IndexError is in BROKEN
    sheet = Sheet(strings.strings, styles, is_of_1904=book.is_of_1904)
    for _piece in archive.read(first, sheet):
        yield from sheet.taken_rows()
