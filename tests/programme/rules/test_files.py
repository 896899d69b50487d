"""Which files are taken as answers, and what they are called."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.files import (
    LARGER_REQUESTS,
    LARGEST_FILE,
    LARGEST_UNPACKED,
    LONGEST_NAME,
    FileAnswer,
    FileKind,
    Problem,
    clean_name,
    file_in,
    kind_of,
)
from tests.documents import JPEG, PDF, PNG, docx, odt, zipped

MACRO_TYPES = '<Types><Default ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'


def locked():
    """A document whose entries are marked as encrypted."""
    content = bytearray(docx())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        content[place + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, FileKind.PDF),
        (JPEG, FileKind.JPEG),
        (PNG, FileKind.PNG),
        (docx(), FileKind.DOCX),
        (odt(), FileKind.ODT),
        (PDF + b" " * (LARGEST_FILE - len(PDF)), FileKind.PDF),
        (PDF + b" " * LARGEST_FILE, Problem.TOO_LARGE),
        (b"", Problem.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Problem.OTHER),
        (b"<!doctype html><script>alert(1)</script>", Problem.OTHER),
        (b"\n" + PDF, Problem.OTHER),
        (b"GIF89a", Problem.OTHER),
        (b"MZ\x90\x00", Problem.OTHER),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Problem.OTHER),  # .doc
        (PNG + zipped(a="b"), Problem.OTHER),
        (JPEG + b"<script>alert(1)</script>", Problem.OTHER),
        (PDF[:9] + b"<HTML>" + PDF[9:], Problem.OTHER),
        (docx(**{"word/vbaProject.bin": "x"}), Problem.MACROS),
        (docx(MACRO_TYPES), Problem.MACROS),
        (odt(**{"Basic/Standard/Module1.xml": "x"}), Problem.MACROS),
        (odt(**{"Scripts/python/x.py": "x"}), Problem.MACROS),
        (odt("application/vnd.oasis.opendocument.spreadsheet"), Problem.OTHER),
        (zipped(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), Problem.OTHER),
        (zipped(a="b"), Problem.OTHER),
        (docx()[:-30], Problem.DAMAGED),
        (locked(), Problem.LOCKED),
        (docx("x" * 2**20 + "macroEnabled"), Problem.DAMAGED),
    ],
)
def test_kind_of_a_file_is_told_by_its_content(content, expected):
    assert kind_of(content) is expected


BOMB = zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "0" * (LARGEST_UNPACKED + 1)})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (zipped(**{"[Content_Types].xml": "", "ppt/presentation.xml": ""}), FileKind.PPTX),
        (odt("application/vnd.oasis.opendocument.presentation"), FileKind.ODP),
        (odt("application/vnd.oasis.opendocument.spreadsheet"), FileKind.ODS),
        (zipped(**{"[Content_Types].xml": "", "ppt/presentation.xml": "", "ppt/vbaProject.bin": ""}), Problem.MACROS),
        (docx(**{"ppt/presentation.xml": ""}), Problem.OTHER),
        (BOMB, Problem.UNPACKED),
    ],
    ids=["PPTX", "ODP", "ODS", "macros", "two in one", "bomb"],
)
def test_plans_take_more_kinds_and_nothing_that_would_fill_the_memory(content, expected):
    assert len(content) < 2**20
    assert kind_of(content, kinds=tuple(FileKind), largest=25 * 2**20) is expected


@given(st.binary(max_size=200))
def test_no_bytes_behind_a_signature_break_the_reading(content):
    assert isinstance(kind_of(docx()[:60] + content), (FileKind, Problem))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CV.pdf", "CV.pdf"),
        ("../../etc/x.pdf", "x.pdf"),
        ("C:\\Users\\ana\\CV.PDF", "CV.pdf"),
        ("run.exe", "run.exe.pdf"),
        ("letter\u202efdp.exe", "letterfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x\0.pdf", "a Set-Cookie: x.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".pdf", "file.pdf"),
        ("  two   words .pdf", "two words.pdf"),
        ("سيرة ذاتية.pdf", "سيرة ذاتية.pdf"),
        ("س" * 300 + ".pdf", "س" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_name_of_a_file_is_cleaned(name, expected):
    assert clean_name(name, FileKind.PDF) == expected


@given(st.text(max_size=300), st.sampled_from(FileKind))
def test_an_answer_is_read_as_the_file_that_it_was_made_of(name, kind):
    answer = FileAnswer("A" * 22, clean_name(name, kind))

    assert len(answer.name) <= LONGEST_NAME
    assert answer.name.endswith(kind.suffixes)
    assert file_in(str(answer)) == answer


@pytest.mark.parametrize(
    "answer", [None, "", "x", "A" * 22, f"{'A' * 22}/", f"{'A' * 22}/a/b", f"{'A' * 21}/a.pdf", ["x"]]
)
def test_what_is_no_file_is_not_read_as_one(answer):
    assert file_in(answer) is None


@pytest.mark.parametrize(
    "page",
    [
        reverse("programme:action-plan-file-add", args=["udt-2025", "challenge"]),
        reverse("programme:speaker-material-add", args=["a-Token_1", "peer-learning"]),
        reverse("programme-staff:material-add", args=["udt-2025"]),
    ],
)
def test_pages_that_take_large_files_take_large_requests(page):
    assert LARGER_REQUESTS[0].fullmatch(page)
    assert not LARGER_REQUESTS[0].fullmatch(f"{page}more/")
