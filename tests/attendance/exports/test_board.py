import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.exports import board as exports
from attendance.models import Attendance
from attendance.queries import board as boards
from attendance.queries.board import Board, Filters
from tests.factories.people import DelegationFactory, ParticipantFactory
from tests.factories.programme import SessionFactory
from tests.spreadsheets import parts_of, rows_of_csv, rows_of_xlsx
from udtacademy.tables import writing
from udtacademy.tables.writing import harmless

AFTER = dt.datetime(2025, 9, 26, tzinfo=dt.UTC)
DANGEROUS = [
    '=HYPERLINK("https://evil.example";"Click")',
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1;1)",
    "  =1+1",
    "\t=1+1",
    "\r=1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b@SUM(1;1)",
]
ROW = ["Girona (ES)", "Ana Anaya", "ana@girona.example", "registered", "met", ""]
HARMLESS = ["Ana Anaya", "Élodie O'Brien-Smith", "Ana = Bo", "李雷", "1 + 1", '"quoted", and more', "two\nlines"]


@pytest.fixture
def ana(edition):
    return ParticipantFactory(
        delegation=DelegationFactory(edition=edition, city__name="Girona"),
        user__name="Ana Anaya",
        user__email="ana@girona.example",
    )


@pytest.fixture
def whole(edition, session, ana):
    """The board with one core session that Ana attended, and an optional one to come."""
    SessionFactory(
        edition=edition,
        slug="visit",
        title="=SUM(A1:A9)",
        status="confirmed",
        starts_at=session.starts_at + dt.timedelta(days=7),
        ends_at=session.ends_at + dt.timedelta(days=7),
    )
    Attendance.objects.create(participant=ana, session=session, status="present", source="report", minutes=85)
    return lambda: Board(edition, Filters(), 1, AFTER, is_whole=True)


def as_csv(board):
    return b"".join(exports.as_csv(board))


def as_xlsx(board):
    return b"".join(exports.as_xlsx(board))


def test_csv_is_what_is_seen_and_none_of_it_a_formula(whole):
    content = as_csv(whole())

    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of_csv(content) == [
        [
            "City",
            "Name",
            "Email",
            "State",
            "Standing",
            "Place",
            "★ Peer-learning (2025-09-25)",
            "'=SUM(A1:A9) (2025-10-02)",
        ],
        [*ROW, "present: 85 minutes, meeting report", "upcoming"],
        ["Present / expected (all pages)", "", "", "", "", "", "1 / 1", "0 / 1"],
    ]


def test_xlsx_is_what_is_seen_as_text(whole):
    rows, types = rows_of_xlsx(as_xlsx(whole()))

    assert types == {"inlineStr"}
    assert [list(row.values()) for row in rows] == [
        [
            "City",
            "Name",
            "Email",
            "State",
            "Standing",
            "Place",
            "★ Peer-learning (2025-09-25)",
            "=SUM(A1:A9) (2025-10-02)",
        ],
        [*ROW, "present: 85 minutes, meeting report", "upcoming"],
        ["Present / expected (all pages)", "", "", "", "", "", "1 / 1", "0 / 1"],
    ]


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_name_that_looks_like_a_formula_is_text(whole, ana, name):
    ana.user.name = name
    ana.user.save()

    assert rows_of_csv(as_csv(whole()))[1][1] == f"'{name}"
    content = as_xlsx(whole())
    rows, types = rows_of_xlsx(content)
    assert (rows[1]["B"], types) == (name, {"inlineStr"})
    assert not re.search(r"<f[ />]", parts_of(content)["xl/worksheets/sheet1.xml"])


@pytest.mark.parametrize("name", HARMLESS)
def test_another_name_is_left_as_it_is(whole, ana, name):
    ana.user.name = name
    ana.user.save()

    assert rows_of_csv(as_csv(whole()))[1][1] == name
    assert rows_of_xlsx(as_xlsx(whole()))[0][1]["B"] == name


def test_an_address_and_a_city_that_look_like_formulas_are_text(whole, ana):
    ana.user.email, ana.delegation.city.name = "+cmd@girona.example", "@Girona"
    ana.user.save()
    ana.delegation.city.save()

    city, _name, email, *_more = rows_of_csv(as_csv(whole()))[1]

    assert (city, email) == ("'@Girona (ES)", "'+cmd@girona.example")


def test_an_address_is_no_link_in_a_workbook(whole, ana):
    ana.user.name = "https://evil.example"
    ana.user.save()

    content = as_xlsx(whole())

    assert rows_of_xlsx(content)[0][1]["B"] == "https://evil.example"
    assert "hyperlink" not in parts_of(content)["xl/worksheets/sheet1.xml"]


@given(st.text())
def test_no_text_starts_as_a_formula(text):
    made = harmless(text)

    assert not re.match(r"[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+@＝＋－＠-]", made)
    assert made in {text, f"'{text}"}


@pytest.mark.parametrize(("is_whole", "names"), [(True, ["Ana Anaya", "Zoë Zand"]), (False, ["Ana Anaya"])])
def test_a_page_or_all_of_them_with_the_totals_of_all(edition, whole, monkeypatch, is_whole, names):
    ParticipantFactory(delegation=DelegationFactory(edition=edition, city__name="Zwolle"), user__name="Zoë Zand")
    monkeypatch.setattr(boards, "MOST_PEOPLE", 1)

    _head, *people, totals = rows_of_csv(as_csv(Board(edition, Filters(), 1, AFTER, is_whole)))

    assert [row[1] for row in people] == names
    assert totals[-2:] == ["1 / 2", "0 / 2"]


def test_filters_hold_for_spreadsheets_too(edition, whole):
    shown = Board(edition, Filters(with_optional=False, standing="at_risk"), 1, AFTER, is_whole=True)

    assert rows_of_csv(as_csv(shown)) == [
        ["City", "Name", "Email", "State", "Standing", "Place", "★ Peer-learning (2025-09-25)"],
        ["Present / expected (all pages)", "", "", "", "", "", "0 / 0"],
    ]


def test_who_withdrew_is_there_as_such_and_not_in_the_totals(whole, ana):
    ana.state = "withdrawn"
    ana.save()

    _head, row, totals = rows_of_csv(as_csv(whole()))

    assert (row[1], row[3]) == ("Ana Anaya", "withdrawn")
    assert totals[-2:] == ["0 / 0 + 1", "0 / 0"]


def test_an_edition_without_anything_is_a_head_and_totals(edition):
    empty = Board(edition, Filters(), 1, AFTER, is_whole=True)

    assert len(rows_of_csv(as_csv(empty))) == 2
    assert len(rows_of_xlsx(as_xlsx(empty))[0]) == 2


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_spreadsheet_costs_the_same_however_many_there_are(edition, whole, write, django_assert_num_queries):
    n_queries = 10
    with django_assert_num_queries(n_queries):
        write(whole())
    for _ in range(5):
        ParticipantFactory.create_batch(3, delegation=DelegationFactory(edition=edition))
    with django_assert_num_queries(n_queries):
        write(whole())


def test_a_spreadsheet_reads_its_pages_one_after_the_other(edition, whole, monkeypatch):
    for number in range(3):
        city = DelegationFactory(edition=edition, city__name=f"City {number}")
        ParticipantFactory(delegation=city, user__name=f"Person {number}")
    monkeypatch.setattr(boards, "MOST_PEOPLE", 1)
    monkeypatch.setattr(writing, "ROWS_AT_ONCE", 1)
    sizes, read = [], Board.groups_on
    monkeypatch.setattr(Board, "groups_on", lambda self, people: sizes.append(len(people)) or read(self, people))
    parts = exports.as_csv(whole())

    read_by_then = [len(sizes) for _part in parts]

    assert read_by_then == [0, 1, 2, 3, 4, 4]  # the headings, four people, the totals
    assert sizes == [1, 1, 1, 1]
