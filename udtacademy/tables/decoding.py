"""Decode a file's bytes into rows of cells. A file that is not a table is refused with a message that says what it is."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from udtacademy.tables import limits, workbooks
from udtacademy.tables.errors import TableError
from udtacademy.tables.limits import LONGEST_CELL, MOST_BYTES, MOST_CELLS, MOST_COLUMNS, MOST_LINES

SEPARATORS = "\t;,"
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
OLDER = ("cp1252", "cp1250")
PICTURE = gettext_lazy("This is a picture. Download the list as CSV and upload it again.")
ARCHIVE = gettext_lazy("This is a compressed archive. Unpack it and upload the file in it.")
WEB_PAGE = gettext_lazy("This is a web page. Download the list as CSV and upload it again.")
SIGNATURES = (  # first bytes → what to say
    (b"%PDF", gettext_lazy("This is a PDF document. Download the list as CSV and upload it again.")),
    (
        b"\xd0\xcf\x11\xe0",
        gettext_lazy(
            "This is an old Excel or Word document, or it has a password. Save the list as CSV and upload it again."
        ),
    ),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"<!doctype", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"{\\rtf", gettext_lazy("This is a text document. Save the list as CSV and upload it again.")),
)
# The letters of languages besides a to z. A name read in the wrong older encoding mixes languages.
ALPHABETS = {
    "cp1252": (
        "áéíóúüñ",  # Spanish
        "áâãàçéêíóôõúü",  # Portuguese
        "àâæçéèêëîïôœùûüÿ",  # French
        "àçèéíïòóúü",  # Catalan
        "àèéìíîòóùú",  # Italian
        "äöüß",  # German
        "áéëèïíöóüú",  # Dutch
        "æøåé",  # Danish, Norwegian
        "åäöéš",  # Swedish, Finnish, Estonian
        "áðéíóúýþæö",  # Icelandic
    ),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "čćđšž",  # Croatian, Slovene
        "ăâîşţ",  # Romanian
    ),
}
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
FOREIGN_WORD = re.compile(rb"[\x80-\xff][^\s,;()\"-]{0,40}")  # from its first letter outside a to z
MOST_WORDS = 5000  # by which the encoding is guessed
FIRST_LINES = 400  # by which the separator is found
BLANKS = re.compile(r"[\r\n\t\u00a0\u202f]")
MOST_CONTROLS = 0.01  # share of a text's characters; a file with more is not text

Heads = Callable[[Sequence[str]], int]


@dataclass(frozen=True)
class TableRow:
    """One row of a table, its cells cleaned. `number`: its line in the file, from 1."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(self.cells)

    def cell(self, index: int | None) -> str:
        """Return the text of a cell; "" if there is none."""
        return self.cells[index] if index is not None and index < len(self.cells) else ""


@dataclass(frozen=True)
class Decoded:
    """The rows of a file, and its encoding. `is_sure`: the encoding is certain."""

    rows: Sequence[TableRow]
    encoding: str
    is_sure: bool = True


def decode(content: bytes, *, name: str, n_heads: Heads, encoding: str = "") -> Decoded:
    """Return the rows of a file. Raises TableError.

    `n_heads`: returns how many cells are known labels of columns; it is used to find the separator. `encoding`: one of
    `OLDER` that a person chose.
    """
    if not content.strip():
        raise TableError(_("The file is empty. Download it again and upload the new file."), code="file_empty")
    if len(content) > MOST_BYTES:
        limit = MOST_BYTES // 1024**2
        raise TableError(
            _("The file is larger than %(n)s MB. Upload a file with only the list of people.") % {"n": limit},
            code="file_too_large",
        )
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Decoded(rows_of_workbook(content, name), "xlsx")
    refuse_binaries(content)
    text, used, is_sure = text_of(content, encoding)
    return Decoded(rows_of_text(text, n_heads), used, is_sure)


def refuse_binaries(content: bytes) -> None:
    """Raise TableError for a file that is known not to be text."""
    start = content[:200].lstrip(codecs.BOM_UTF8 + b" \r\n\t").lower()
    for signature, message in SIGNATURES:
        if start.startswith(signature.lower()):
            raise TableError(str(message), code="other_file_type")


def text_of(content: bytes, chosen: str = "") -> tuple[str, str, bool]:
    """Return the text, its encoding, and whether the encoding is certain. Raises TableError."""
    encoding, start = next(((name, len(bom)) for bom, name in BOMS if content.startswith(bom)), ("", 0))
    encoding = encoding or of_zeros(content)
    if encoding:
        return readable(strictly(content[start:], encoding)), encoding, True
    try:
        return readable(content.decode("utf-8")), "utf-8", True
    except UnicodeDecodeError as error:
        if error.end == len(content) and error.reason == "unexpected end of data":
            raise incomplete() from error
    if chosen in OLDER:
        return readable(strictly(content, chosen)), chosen, True
    best = max(OLDER, key=lambda it: plausibility(content, it))
    return readable(strictly(content, best)), best, False


def of_zeros(content: bytes) -> str:
    """Return the encoding of UTF-16 without a mark: Latin letters leave every second byte zero; "" for any other."""
    sample = content[:4000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample):  # not every second pair
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def strictly(content: bytes, encoding: str) -> str:
    """Return the text of bytes. Raises TableError unless the encoding is one of `OLDER`, for which undefined
    bytes are replaced.
    """
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding in OLDER:
            return content.decode(encoding, errors="replace")
        raise incomplete() from error


def incomplete() -> TableError:
    """Return the error for a file that ends within a character."""
    return TableError(
        _("The end of the file is missing. Download it again and upload the new file."), code="file_incomplete"
    )


def readable(text: str) -> str:
    """Return the text. Raises TableError if it has too many control characters to be text."""
    n_controls = len(INVISIBLE.findall(text[:20_000]))
    if n_controls > max(8, MOST_CONTROLS * len(text[:20_000])):
        raise TableError(_("This is not a text file. Download the list as CSV and upload it again."), code="not_text")
    return text


def plausibility(content: bytes, encoding: str) -> float:
    """Return how well the words of a text fit the encoding: the sum over words of the share of letters in the best
    alphabet.
    """
    foreign = {it[0] for it in islice(FOREIGN_WORD.finditer(content), MOST_WORDS)}
    texts = (it.decode(encoding, errors="replace").casefold() for it in foreign)
    foreign_words = (re.sub(r"[\x00-\x7f’‘“”–…]", "", it) for it in texts)
    return sum(
        max(sum(it in letters for it in word) for letters in ALPHABETS[encoding]) / len(word)
        for word in foreign_words
        if word
    )


def rows_of_text(text: str, n_heads: Heads) -> list[TableRow]:
    """Return the rows of text by RFC 4180, with the separator under which most labels are known. Raises TableError."""
    if text.count("\n") + text.count("\r") > 2 * MOST_LINES:
        raise limits.too_many_lines()
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if len(line) > limits.LONGEST_LINE:
            raise limits.too_long_line(number)
    separator = separator_of(list(islice(io.StringIO(text, newline=None), FIRST_LINES)), n_heads)
    try:
        return within_limits(read_csv(text, separator, quoting=csv.QUOTE_MINIMAL))
    except csv.Error as error:
        if separator != "\t" and ("unexpected end" in str(error) or "field larger" in str(error)):
            raise TableError(
                _('A quotation mark (") is opened but never closed. Download the file again and upload the new file.'),
                code="quotation_open",
            ) from error
    try:  # for names that begin with a quotation mark
        return within_limits(read_csv(text, separator, quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise TableError(
            _("The file cannot be read as a table (%(problem)s). Download it again and upload the new file.")
            % {"problem": error},
            code="file_unreadable",
        ) from error


def within_limits(rows: Iterable[TableRow]) -> list[TableRow]:
    """Return all rows. Raises TableError as soon as there are too many cells."""
    accepted: list[TableRow] = []
    n_cells = 0
    for line in rows:
        n_cells += len(line.cells)
        if n_cells > MOST_CELLS:
            raise limits.too_many_cells()
        accepted.append(line)
    return accepted


def read_csv(text: str, separator: str, *, quoting: int) -> Iterable[TableRow]:
    """Yield the rows of a text. Raises TableError for too many lines, csv.Error for broken quotes."""
    has_blanks = '", "' in text[:2000]  # blanks after separators; otherwise quotes would not be recognised
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream, delimiter=separator, quoting=quoting, strict=True, skipinitialspace=has_blanks)  # type: ignore[arg-type]
    for cells in reader:
        if reader.line_num > MOST_LINES:
            raise limits.too_many_lines()
        yield row_of(reader.line_num, [clean(it) for it in cells])


def separator_of(texts: Sequence[str], n_heads: Heads) -> str:
    """Return tab, semicolon or comma: the one that shows most known labels on a line, else the one on most lines."""
    declared = re.fullmatch(r"\ufeff?sep=(.)", texts[0].strip()) if texts else None
    if declared and declared[1] in SEPARATORS:
        return declared[1]
    known = {
        separator: max((n_known(text.split(separator, MOST_COLUMNS), n_heads) for text in texts), default=0)
        for separator in SEPARATORS
    }
    best = max(SEPARATORS, key=lambda separator: known[separator])
    if known[best]:
        return best
    return max(SEPARATORS, key=lambda separator: sum(separator in text for text in texts))


def n_known(cells: Sequence[str], n_heads: Heads) -> int:
    return n_heads([clean(it) for it in cells[:MOST_COLUMNS]]) if len(cells) > 1 else 0


def row_of(number: int, cells: list[str]) -> TableRow:
    """Return a row without empty cells at its end. Raises TableError for too many columns."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise limits.too_wide(number)
    return TableRow(number, tuple(cells))


def clean(cell: str) -> str:
    """Return a cell without spreadsheets' wrapping, invisible characters, and blanks around it."""
    if cell.isascii() and cell.isalnum():
        return cell[:LONGEST_CELL]
    text = BLANKS.sub(" ", INVISIBLE.sub("", cell)).strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1].replace('""', '"')
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = text[1:-1]
    return text.strip()[:LONGEST_CELL]


def rows_of_workbook(content: bytes, name: str) -> list[TableRow]:
    """Return the rows of the first sheet. Raises TableError."""
    cleaned = cache(clean)  # many cells refer to the same text
    rows = workbooks.rows_of(content, name)
    return [row_of(number, [cleaned(it) for it in cells]) for number, cells in rows]
