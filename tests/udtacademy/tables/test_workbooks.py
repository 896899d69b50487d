"""What is in a workbook is read as Excel shows it, whoever wrote it; openpyxl is the second opinion."""

import datetime as dt
import io

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.attendance.meeting_reports.reading import bombs
from tests.properties import examples
from tests.refusals import refused
from udtacademy.tables.cells import cell_text
from udtacademy.tables.errors import TableError
from udtacademy.tables.workbooks import rows_of

NAME = "list.xlsx"
LETTERS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="_"), max_size=20)
VALUES = st.one_of(
    st.none(),
    LETTERS.filter(lambda it: not it.startswith("=")),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9),
    st.booleans(),
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1)).map(lambda it: it.replace(microsecond=0)),
    st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=2)).map(lambda it: dt.timedelta(seconds=it.seconds + 1)),
    st.times().map(lambda it: it.replace(microsecond=0)),
)
TABLES = st.lists(st.lists(VALUES, max_size=6), max_size=6)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_by_openpyxl(content):
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    rows = []
    for number, values in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
        texts = [cell_text(it) for it in values]
        while texts and not texts[-1]:
            texts.pop()
        rows += [(number, texts)] if texts else []
    return rows


def read(content):
    rows = []
    for number, texts in rows_of(content, NAME):
        while texts and not texts[-1]:
            texts.pop()
        rows += [(number, texts)] if texts else []
    return rows


@settings(max_examples=examples(25))
@given(TABLES, st.booleans())
def test_rows_of_what_openpyxl_wrote(table, is_of_1904):
    book = openpyxl.Workbook()
    if is_of_1904:
        book.epoch = CALENDAR_MAC_1904
    for row in table:
        book.active.append(row)
    content = saved(book)

    assert read(content) == read_by_openpyxl(content)


@settings(max_examples=examples(25))
@given(TABLES, st.booleans())
def test_rows_of_what_xlsxwriter_wrote(table, is_of_1904):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "date_1904": is_of_1904})
    sheet = book.add_worksheet()
    for number, row in enumerate(table):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    book.close()
    content = out.getvalue()

    assert read(content) == read_by_openpyxl(content)


def test_rows_of_formulas_are_what_they_came_to():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_formula("B2", "=1+1", None, 2)
    sheet.write_formula("C2", '="Ana"', None, "Ana")
    sheet.merge_range("D2:E4", "merged")
    book.close()

    assert read(out.getvalue()) == [(2, ["", "2", "Ana", "merged"])]


SHARED = (
    "<si><r><rPr><b/></rPr><t>Ana </t></r><r><t>Anaya</t></r><rPh><t>a-na</t></rPh></si>"
    "<si><t xml:space='preserve'>two_x000D_\nlines _x0000__xD800_</t></si>"
)
ODD_CELLS = (
    '<x:row r="3"><x:c r="B3" t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c>'
    '<x:c t="e"><x:v>#N/A</x:v></x:c><x:c t="d"><x:v>2025-09-25T16:00:00</x:v></x:c><x:c s="1"><x:v>99e99</x:v></x:c>'
    '<x:c t="str"><x:f>A1</x:f><x:v>7</x:v></x:c><x:c/><x:c><x:f>A1</x:f></x:c></x:row>'
)
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd\\/mm\\/yyyy"/></numFmts><cellStyleXfs>'
    '<xf numFmtId="0"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>'
)


def test_rows_of_what_other_programs_write():
    """Prefixes, runs, pronunciations, escapes, cells without a place, a day that there is not."""
    sheet = f'<x:worksheet xmlns:x="x"><x:sheetData>{ODD_CELLS}</x:sheetData></x:worksheet>'
    content = bombs.workbook(sheet1=sheet.encode("utf-16"), sharedStrings=f"<sst>{SHARED}</sst>", styles=STYLES)

    assert read(content) == [
        (3, ["", "Ana Anaya", "two\r\nlines \x00_xD800_", "True", "#N/A", "2025-09-25T16:00:00", "99e99", "7"])
    ]


def test_rows_of_the_first_sheet_of_cells():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=List!$A$1:$A$2"})
    book.add_chartsheet("Chart").set_chart(chart)
    book.add_worksheet("List").write("A1", "Ana")
    book.close()

    assert read(out.getvalue()) == [(1, ["Ana"])]


@pytest.mark.parametrize(
    "replaced",
    [
        {"sheet1": "<worksheet><sheetData><row>"},
        {"sheet1": bombs.sheet('<row><c t="s"><v>7</v></c></row>')},
        {"sheet1": bombs.sheet('<row><c r="É1"><v>7</v></c></row>')},
        {"sheet1": bombs.sheet('<row r="-1"><c><v>7</v></c></row>')},
        {"sheet1": b"\xff\xfe\x00"},
        {"workbook": "<workbook/>"},
        {"workbook_rels": "<Relationships/>"},
        {"workbook_rels": "<Relationships><Relationship/></Relationships>"},
        {"styles": '<s><cellXfs><xf numFmtId="x"/></cellXfs></s>'},
    ],
)
def test_rows_of_what_contradicts_itself_are_refused(replaced):
    with refused("workbook_unreadable"):
        read(bombs.workbook(**replaced))


def test_rows_of_a_workbook_with_a_password_are_refused():
    content = bytearray(bombs.workbook())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1  # the first member's flags in the directory

    with refused("password_protected"):
        read(bytes(content))


CONTENT = saved(openpyxl.Workbook()), bombs.workbook(sharedStrings=f"<sst>{SHARED}</sst>", styles=STYLES)


@settings(max_examples=examples(50))
@given(st.sampled_from(CONTENT), st.data())
def test_rows_of_any_damage(content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))

    read_or_refuse(bytes(damaged))


@settings(max_examples=examples(50))
@given(st.sampled_from(list(bombs.parts())), st.data())
def test_rows_of_any_damage_to_a_part(path, data):
    """Below the checksum of the archive, which sees all the damage of the test before."""
    members = bombs.parts(sharedStrings=f"<sst>{SHARED}</sst>", styles=STYLES)
    damaged = bytearray(members[path].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 30))] = data.draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b"-1", b"999999999999", b"<c>", b'"', b"</row>"]))
        )

    read_or_refuse(bombs.packed(members | {path: bytes(damaged)}))


def read_or_refuse(content):
    try:
        rows = read(content)
    except TableError as error:
        assert str(error).endswith(".")
    else:
        for _number, texts in rows:
            "".join(texts).encode()
