"""Values as cells: of a type that spreadsheets know, in the zone that is active, and never a formula."""

import datetime as dt
import io
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import timezone

from tests.spreadsheets import rows_of_csv
from udtacademy.tables.writing import as_csv, as_xlsx, sheet_title

MADRID = ZoneInfo("Europe/Madrid")
MOMENT = dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)  # 02:30 in Madrid, for the second time that night
CELLS = [  # value, in CSV, in a workbook
    ("Ana Anaya", "Ana Anaya", "Ana Anaya"),
    ("=1+1", "'=1+1", "=1+1"),
    ("-1", "'-1", "-1"),  # a text
    (-1, "-1", -1),
    (Decimal("2.5"), "2.5", 2.5),
    (0, "0", 0),
    (True, "yes", "yes"),
    (False, "no", "no"),
    (None, "", ""),
    (MOMENT, "2025-10-26 02:30", dt.datetime(2025, 10, 26, 2, 30)),
    (dt.date(2025, 11, 6), "2025-11-06", dt.datetime(2025, 11, 6)),
    (["a", "b"], "['a', 'b']", "['a', 'b']"),
]


def workbook_of(rows, **options):
    content = b"".join(as_xlsx(rows, title="List", **options))
    return openpyxl.load_workbook(io.BytesIO(content)).active


@pytest.mark.parametrize(("value", "in_csv", "in_workbook"), CELLS)
def test_a_value_keeps_its_type(value, in_csv, in_workbook):
    rows = [["Heading"], [value]]

    with timezone.override(MADRID):
        assert rows_of_csv(b"".join(as_csv(rows))) == [["Heading"], [in_csv]]
        cell = workbook_of(rows)["A2"]

    assert cell.value == in_workbook
    assert cell.data_type != "f"


def test_dates_are_formatted_as_such():
    sheet = workbook_of([["Day", "Time"], [MOMENT.date(), MOMENT]])

    assert [cell.number_format for cell in sheet[2]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert sheet.freeze_panes == "B2"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Attendance", "Attendance"),
        ("What: who? [all]", "What  who   all"),
        ("x" * 40, "x" * 31),
        ("'", "List"),
    ],
)
def test_a_sheet_has_a_name_that_workbooks_allow(title, name):
    assert sheet_title(title) == name


@pytest.mark.parametrize("write", [as_csv, lambda rows: as_xlsx(rows, title="List")])
def test_no_rows_are_a_file_all_the_same(write):
    assert isinstance(b"".join(write([])), bytes)
