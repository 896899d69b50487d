import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.session_rows import (
    SessionRow,
    carried_along,
    changed_names,
    following,
    meet,
    mistakes_in,
    newly_met,
    shifted,
    with_end,
)
from tests.refusals import refused

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
    ("one", "by", "code"),
    [
        (row("23:00", "23:30"), 45 * MINUTE, "end_after_midnight"),
        (row("23:00", "00:30", is_overnight=True), MINUTE, "end_after_midnight"),
        (row("", ""), MINUTE, "time_missing"),
        (SessionRow(title="December"), dt.timedelta(days=1), "day_missing"),
        (row(day=dt.date.max), dt.timedelta(days=1), "day_out_of_range"),
    ],
)
def test_a_row_that_cannot_shift_is_refused(one, by, code):
    with refused(code):
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


@pytest.mark.parametrize(
    ("other", "do_meet"),
    [
        (row("12:00", "12:30"), True),
        (row("11:00", "11:31"), True),
        (row("12:59", "14:00"), True),
        (row("13:00", "14:00"), False),  # one after the other
        (row("11:00", "11:30"), False),
        (row("12:00", "12:30", day=DAY + dt.timedelta(days=1)), False),
        (row("12:00", "12:30", track=2), False),  # of different tracks
        (row("12:00", "12:30", track=1), True),
        (row("12:00", "12:30", status="cancelled"), False),
        (row("12:00", "12:30", is_overnight=True), False),
        (row(None, None), False),
    ],
)
def test_rows_meet_unless_they_are_of_different_tracks(other, do_meet):
    lab = row(track=1)

    assert meet(lab, other) is do_meet
    assert meet(other, lab) is do_meet


def test_only_what_is_met_by_the_shift_is_newly_met():
    """Talk met the lab before it moved, and Late does not meet it."""
    rows = {"lab": row(), "lunch": row("13:00", "14:00"), "talk": row("12:30", "13:00"), "late": row("14:00", "15:00")}

    assert newly_met(rows, {"lab": shifted(rows["lab"], 30 * MINUTE)}) == ["lunch"]
    assert newly_met(rows, {}) == []


def test_what_is_met_moves_along_and_what_that_meets_too():
    rows = {"lab": row(), "lunch": row("13:00", "14:00"), "walk": row("14:00", "15:00"), "late": row("16:00", "17:00")}

    moved = carried_along(rows, ["lab"], 30 * MINUTE)

    assert {key: it.start for key, it in moved.items()} == {
        "lab": dt.time(12),
        "lunch": dt.time(13, 30),
        "walk": dt.time(14, 30),
    }


def test_nothing_moves_along_over_midnight():
    rows = {"lab": row("22:00", "23:00"), "party": row("23:00", "23:45")}

    with refused("end_after_midnight"):
        carried_along(rows, ["lab"], 30 * MINUTE)
