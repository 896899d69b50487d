import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.errors import ProgrammeError
from programme.rules.session_rows import SessionRow, changed_names, following, mistakes_in, shifted, with_end

DAY = dt.date(2025, 11, 6)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def row(start="11:30", end="13:00", **values):
    times = {"start": start and dt.time.fromisoformat(start), "end": end and dt.time.fromisoformat(end)}
    return SessionRow(**{"title": "Lab", "day": DAY, **times, **values})


times = st.times().map(lambda it: it.replace(second=0, microsecond=0))
rows = st.builds(
    SessionRow,
    title=st.text(max_size=5),
    day=st.none() | st.dates(),
    start=st.none() | times,
    end=st.none() | times,
    track=st.none() | st.integers(1),
    is_core=st.booleans(),
)


@given(rows)
def test_a_row_survives_json(one):
    assert SessionRow().with_json(one.as_json()) == one


@given(rows, rows)
def test_changed_names_are_what_turns_one_row_into_the_other(before, after):
    values = after.as_json()

    assert before.with_json({name: values[name] for name in changed_names(before, after)}) == after


@pytest.mark.parametrize("values", [{"slug": "x"}, {"day": "6 November"}, {"start": "25:00"}])
def test_what_is_not_a_row_is_refused(values):
    with pytest.raises(ValueError, match=r"."):
        SessionRow().with_json(values)


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (row(), set()),
        (row(start="", end=""), set()),
        (SessionRow(title="Some day"), set()),
        (row(title=""), {"title"}),
        (row(day=dt.date(1999, 1, 1)), {"day"}),
        (row(day=None), {"day"}),
        (row(start=""), {"start"}),
        (row(end="11:30"), {"end"}),
        (row(end="11:29", is_overnight=True), set()),
        (row(start="", end="", status="confirmed"), {"status"}),
        (row(format="break", is_core=True), {"is_core"}),
    ],
)
def test_mistakes_in_a_row(one, names):
    assert mistakes_in(one).keys() == names


@pytest.mark.parametrize(
    ("one", "by", "expected"),
    [
        (row(), 30 * MINUTE, row("12:00", "13:30")),
        (row(), -90 * MINUTE, row("10:00", "11:30")),
        (row(), dt.timedelta(days=1), row(day=DAY + dt.timedelta(days=1))),
        (row("23:00", "23:30"), HOUR, row("00:00", "00:30", day=DAY + dt.timedelta(days=1))),
        (row("", ""), dt.timedelta(days=-1), row("", "", day=DAY - dt.timedelta(days=1))),
    ],
)
def test_a_row_shifts_by_local_time(one, by, expected):
    assert shifted(one, by) == expected


@pytest.mark.parametrize(
    ("one", "by"),
    [
        (row("23:00", "23:30"), 45 * MINUTE),
        (row("23:00", "00:30", is_overnight=True), MINUTE),
        (row("", ""), MINUTE),
        (SessionRow(title="December"), dt.timedelta(days=1)),
        (row(day=dt.date.max), dt.timedelta(days=1)),
    ],
)
def test_a_row_that_cannot_shift_is_refused(one, by):
    with pytest.raises(ProgrammeError):
        shifted(one, by)


def test_an_end_follows_the_start_on_the_same_day():
    assert with_end(row(end=""), 45 * MINUTE) == row(end="12:15")
    assert with_end(row("23:30", ""), HOUR) == row("23:30", "23:59")
    assert with_end(row(), HOUR) == row()
    assert with_end(row("", ""), HOUR) == row("", "")


def test_a_row_to_add_begins_where_the_last_one_ends():
    lab = row("16:00", "17:30", format="in_person", room=3, track=7, is_core=True)

    assert following([lab, row(), SessionRow(title="December")]) == SessionRow(
        format="in_person", day=DAY, start=dt.time(17, 30), end=dt.time(19), room=3
    )
    assert following([]) == SessionRow()
