"""Read the rows of a workbook's first sheet from its bytes. The archive is not trusted.

Only the parts that a list needs are opened. Each is inflated and read piece by piece, so that anything beyond the limits
is refused before it is read into memory, whatever sizes the archive claims (decision 27).
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from udtacademy.tables import limits
from udtacademy.tables.errors import TableError
from udtacademy.tables.workbook_parts import Part, Relations, SheetPart, Strings, Styles, WorkbookPart

WORKBOOK = "xl/workbook.xml"
CENTRAL_HEADER = b"PK\x01\x02"  # begins each member's entry in an archive's directory
MOST_MEMBERS = 1000
MOST_ELEMENTS = 2_500_000  # of all parts together
DEEPEST = 64  # nested elements
LONGEST_TAG = 256 * 1024  # bytes, comments and processing instructions included
PIECE = 64 * 1024  # bytes
COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile inflates the others without a limit
IWORK = gettext_lazy("This is a Numbers or Pages document. Save the list as .xlsx or CSV and upload it again.")
OTHERS = (  # other files that are archives: a member that identifies them → what to say
    ("xl/workbook.bin", gettext_lazy("This is a binary Excel workbook. Save it as .xlsx or CSV and upload it again.")),
    ("content.xml", gettext_lazy("This is an OpenDocument file. Save the list as .xlsx or CSV and upload it again.")),
    ("Index/Document.iwa", IWORK),
    ("Index.zip", IWORK),
    ("word/document.xml", gettext_lazy("This is a Word document. Save the list as .xlsx or CSV and upload it again.")),
)
BROKEN = (  # errors of zipfile and expat, and of parts that contradict each other
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
    """Yield the number and the texts of each row of the first sheet that is not empty. Raises TableError."""
    if content.count(CENTRAL_HEADER) > MOST_MEMBERS:  # before zipfile makes an object for each
        raise TableError(
            _("The archive contains more than %(n)s files. Unpack it and upload only the list.")
            % {"n": f"{MOST_MEMBERS:,}"},
            code="too_many_files",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except BROKEN as error:
        raise TableError(
            _("The file is damaged. Save it again or download it again, then upload it."), code="file_damaged"
        ) from error
    with archive:
        refuse_others(archive, name)
        try:
            yield from rows_in(Archive(archive))
        except TableError:
            raise
        except BROKEN as error:
            raise TableError(
                _("The workbook cannot be read. Save it as CSV and upload it again."), code="workbook_unreadable"
            ) from error


def refuse_others(archive: zipfile.ZipFile, name: str) -> None:
    """Raise TableError for an archive that is not a workbook, or is not named as one."""
    names = set(archive.namelist())
    if WORKBOOK not in names:
        for member, message in OTHERS:
            if member in names:
                raise TableError(str(message), code="other_file_type")
        raise TableError(
            _("This is an archive, not a table. Unpack it and upload the file in it."), code="other_file_type"
        )
    if not name.casefold().endswith((".xlsx", ".xlsm")):
        raise TableError(
            _("This is an Excel workbook, but its name does not end in .xlsx. Rename it and upload it again."),
            code="wrong_file_name",
        )


class Archive:
    """The parts of a workbook, inflated in pieces. Together they may not exceed MOST_BYTES_UNPACKED."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.n_bytes_left, self.n_elements_left = limits.MOST_BYTES_UNPACKED, MOST_ELEMENTS

    def pieces_of(self, path: str) -> Iterator[bytes]:
        """Yield a part in pieces. Raises TableError beyond the limit, and the errors in BROKEN."""
        member = self.archive.getinfo(path)
        if member.flag_bits & 1:
            raise TableError(
                _("The workbook is protected by a password. Save it without a password and upload it again."),
                code="password_protected",
            )
        if member.compress_type not in COMPRESSIONS:
            raise NotImplementedError(member.compress_type)
        with self.archive.open(member) as part:
            while piece := part.read(PIECE):
                self.n_bytes_left -= len(piece)
                if self.n_bytes_left < 0:
                    raise limits.too_large_unpacked()
                yield piece

    def read(self, path: str, part: Part) -> Iterator[None]:
        """Feed a part's XML to its reader, and yield after each piece. Raises as `pieces_of`."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_doctype
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            self.n_elements_left -= 1
            if depth > DEEPEST or self.n_elements_left < 0:
                raise limits.too_complex()
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
                raise limits.too_complex()
            yield
        parser.Parse(b"", True)
        yield

    def read_whole(self, path: str, part: Part) -> None:
        for _piece in self.read(path, part):
            pass


def refuse_doctype(*_declared: object) -> None:
    """Refuse document types: workbooks have none, and their entities can expand without limit."""
    raise limits.too_complex()


def rows_in(archive: Archive) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet of an opened archive. Raises as `Archive.read`."""
    book, relations, styles, strings = WorkbookPart(), Relations(), Styles(), Strings()
    archive.read_whole(WORKBOOK, book)
    archive.read_whole("xl/_rels/workbook.xml.rels", relations)
    for kind, part in (("styles", styles), ("sharedStrings", strings)):
        if kind in relations.by_kind:
            archive.read_whole(relations.by_kind[kind], part)
    first = [relations.paths[it] for it in book.sheets if it in relations.sheets][0]  # noqa: RUF015 - IndexError is in BROKEN
    sheet = SheetPart(strings.strings, styles, is_of_1904=book.is_of_1904)
    for _piece in archive.read(first, sheet):
        yield from sheet.taken_rows()
