"""Files that people upload: which kinds are taken, told by their content, and what they are called. Plain values (decisions 59, 69)."""

import enum
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass

LARGEST_FILE = 5 * 2**20  # bytes, of an answer
LARGEST_PLAN_FILE = 25 * 2**20  # bytes, of an Action Plan or a material
LARGER_PATHS = (  # that take a file of an Action Plan or a material; also in deploy/Caddyfile
    r"/portal/[-\w]+/action-plan/steps/[-\w]+/files/"
    r"|/speaker/[-\w]+/sessions/[-\w]+/materials/"
    r"|/admin/editions/[-\w]+/outcomes/materials/add/"
)
LARGER_REQUESTS = (re.compile(LARGER_PATHS), LARGEST_PLAN_FILE + 2**20)
LONGEST_NAME = 120  # characters
MOST_ENTRIES = 5000  # of a document, which is a ZIP file
LARGEST_LIST = 2**20  # bytes of a document's own list of contents, unpacked
LARGEST_UNPACKED = 200 * 2**20  # bytes of a document, as its list says; more would fill its reader's memory
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
ANSWER = re.compile(rf"({TOKEN.pattern})/([^/\\\0]{{1,{LONGEST_NAME}}})")
FIRST_BYTES = 1024  # of a file, where browsers and readers look for what it is
MARKUP = re.compile(rb"<\s*(!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)
SHOWN_FORMATS = frozenset({"\u200c", "\u200d"})  # joiners of letters, which some languages write with


class FileKind(enum.Enum):
    """A kind of file that is taken. `suffixes`: with which its name may end, the usual one first."""

    PDF = "pdf", "application/pdf", (".pdf",)
    JPEG = "jpeg", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif")
    PNG = "png", "image/png", (".png",)
    DOCX = "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)
    ODT = "odt", "application/vnd.oasis.opendocument.text", (".odt",)
    PPTX = "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", (".pptx",)
    ODP = "odp", "application/vnd.oasis.opendocument.presentation", (".odp",)
    ODS = "ods", "application/vnd.oasis.opendocument.spreadsheet", (".ods",)

    def __init__(self, key: str, content_type: str, suffixes: tuple[str, ...]) -> None:
        self.key, self.content_type, self.suffixes = key, content_type, suffixes


class Problem(enum.Enum):
    """Why a file is not taken."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    OTHER = "file_of_other_kind"
    DAMAGED = "file_damaged"
    MACROS = "file_with_macros"
    LOCKED = "file_locked"
    UNPACKED = "file_unpacks_too_large"


SIGNATURES = {b"%PDF-": FileKind.PDF, b"\xff\xd8\xff": FileKind.JPEG, b"\x89PNG\r\n\x1a\n": FileKind.PNG}
ZIP = b"PK\x03\x04"
KINDS = {it.key: it for it in FileKind}
ANSWERS = (FileKind.PDF, FileKind.JPEG, FileKind.PNG, FileKind.DOCX, FileKind.ODT)  # what is taken as an answer
OPEN_DOCUMENTS = {it.content_type.encode(): it for it in (FileKind.ODT, FileKind.ODP, FileKind.ODS)}
MAIN_ENTRIES = {"word/document.xml": FileKind.DOCX, "ppt/presentation.xml": FileKind.PPTX}  # of Microsoft's formats


def kind_of(
    content: bytes, *, kinds: Collection[FileKind] = ANSWERS, largest: int = LARGEST_FILE
) -> FileKind | Problem:
    """Return what kind a file is by its content, whatever it is called; or why it is not taken. `largest`: bytes.

    A file that is also another one, such as a picture with a ZIP file or a page behind it, is of another kind.
    """
    if not content:
        return Problem.EMPTY
    if len(content) > largest:
        return Problem.TOO_LARGE
    kind = document_kind(content) if content.startswith(ZIP) else plain_kind(content)
    return kind if isinstance(kind, Problem) or kind in kinds else Problem.OTHER


def plain_kind(content: bytes) -> FileKind | Problem:
    """Return which kind of file that is no document is, by its first bytes."""
    kind = next((kind for signature, kind in SIGNATURES.items() if content.startswith(signature)), None)
    if kind is None or MARKUP.search(content[:FIRST_BYTES]) or zipfile.is_zipfile(io.BytesIO(content)):
        return Problem.OTHER
    return kind


def document_kind(content: bytes) -> FileKind | Problem:
    """Return which kind of document a ZIP file is, by its entries."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as document:
            entries = document.infolist()
            if len(entries) > MOST_ENTRIES:
                return Problem.OTHER
            if any(it.flag_bits & 1 for it in entries):
                return Problem.LOCKED
            if sum(it.file_size for it in entries) > LARGEST_UNPACKED:
                return Problem.UNPACKED
            if any(is_macro(it.filename) for it in entries):
                return Problem.MACROS
            return kind_of_entries(document)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error):
        return Problem.DAMAGED


def is_macro(name: str) -> bool:
    """Return whether an entry of a document is a program, in Microsoft's formats or in OpenDocument."""
    name = name.casefold().replace("\\", "/")
    return "vbaproject" in name or "vbadata" in name or name.startswith(("basic/", "scripts/"))


def kind_of_entries(document: zipfile.ZipFile) -> FileKind | Problem:
    names = set(document.namelist())
    if "mimetype" in names:
        kind = OPEN_DOCUMENTS.get(entry(document, "mimetype").strip())
        return kind if kind and "content.xml" in names else Problem.OTHER
    main = [kind for name, kind in MAIN_ENTRIES.items() if name in names]
    if len(main) != 1 or "[Content_Types].xml" not in names:
        return Problem.OTHER
    if b"macroenabled" in entry(document, "[Content_Types].xml").lower():
        return Problem.MACROS
    return main[0]


def entry(document: zipfile.ZipFile, name: str) -> bytes:
    """Return an entry, unpacked no further than LARGEST_LIST. Raises ValueError for a larger one."""
    with document.open(name) as opened:
        content = opened.read(LARGEST_LIST + 1)
    if len(content) > LARGEST_LIST:
        raise ValueError(name)
    return content


def clean_name(name: str, kind: FileKind) -> str:
    """Return a name as it is shown and saved: without folders, control characters and marks that turn text around, shortened,
    and ending as files of its kind do.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(" " if it.isspace() else it for it in name if it.isspace() or is_shown(it))
    name = " ".join(name.split()).rstrip(". ")
    stem, dot, end = name.rpartition(".")
    suffix = f".{end.casefold()}"
    if not dot or suffix not in kind.suffixes:
        stem, suffix = name, kind.suffixes[0]
    return f"{stem[: LONGEST_NAME - len(suffix)].strip('. ') or 'file'}{suffix}"


def is_shown(character: str) -> bool:
    return character in SHOWN_FORMATS or unicodedata.category(character)[0] != "C"


@dataclass(frozen=True)
class FileAnswer:
    """A file as an answer is stored: by the token of its row, and its name as it is shown."""

    token: str
    name: str

    def __str__(self) -> str:
        return f"{self.token}/{self.name}"


def file_in(answer: object) -> FileAnswer | None:
    """Return the file that an answer is; None if it is none."""
    match = ANSWER.fullmatch(answer) if isinstance(answer, str) else None
    return FileAnswer(*match.groups()) if match else None
