"""When parts are due, who has them to do, and who reads whom."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.action_plans import (
    MOST_PEERS,
    PartState,
    SessionTime,
    due_at,
    has_to_do,
    is_due_soon,
    is_late,
    may_pair,
    pairs_of,
)

MADRID = ZoneInfo("Europe/Madrid")
DUE = dt.datetime(2025, 9, 25, 14, tzinfo=dt.UTC)


def at(*values):
    return dt.datetime(*values, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("time", "days", "expected"),
    [
        (SessionTime(DUE, None), 0, DUE),
        (SessionTime(at(2025, 10, 28, 15), None), 7, at(2025, 10, 21, 14)),  # the same local time, before clocks change
        (SessionTime(None, dt.date(2025, 11, 5)), 0, at(2025, 11, 4, 23)),
        (SessionTime(None, None), 3, None),
        (None, 3, None),
    ],
)
def test_a_part_is_due_local_days_before_its_session(time, days, expected):
    assert due_at(time, days, MADRID) == expected


@pytest.mark.parametrize(
    ("state", "days", "late", "soon", "coordinator", "colleague"),
    [
        ("not_started", -22, False, False, False, False),
        ("not_started", -20, False, True, True, False),
        ("draft", -6, False, True, True, True),
        ("draft", 0, True, False, True, True),
        ("submitted", 1, False, False, False, False),
        ("feedback", 1, False, False, False, False),
        ("final", -6, False, False, False, False),
    ],
)
def test_coordinators_have_it_to_do_first(state, days, late, soon, coordinator, colleague):
    state, now = PartState(state), DUE + dt.timedelta(days=days)

    assert (is_late(state, DUE, now), is_due_soon(state, DUE, now)) == (late, soon)
    to_do = [has_to_do(state, DUE, now, is_coordinator=it) for it in (True, False)]
    assert to_do == [coordinator, colleague]
    assert not has_to_do(state, None, now, is_coordinator=True)


@given(st.lists(st.integers(), unique=True, min_size=2, max_size=20), st.data())
def test_each_city_gives_and_gets_as_much_and_never_its_own(cities, data):
    n = data.draw(st.integers(1, min(MOST_PEERS, len(cities) - 1)))
    pairs = pairs_of(cities, n)

    assert len(set(pairs)) == len(pairs)
    assert all(giver != receiver for giver, receiver in pairs)
    for side in zip(*pairs, strict=True):
        assert Counter(side) == dict.fromkeys(cities, n)


@pytest.mark.parametrize(("cities", "n"), [([], 1), ([1], 1), ([1, 2], 2), ([1, 2], 0)])
def test_too_few_cities_cannot_be_paired(cities, n):
    with pytest.raises(ValueError, match=str(n)):
        pairs_of(cities, n)


def test_a_city_chooses_another_one_once_and_not_too_many():
    pairs = [(1, it) for it in range(2, MOST_PEERS + 1)]

    assert may_pair(1, 9, pairs)
    assert not may_pair(1, 1, pairs)
    assert not may_pair(1, 2, pairs)
    assert not may_pair(1, 9, [*pairs, (1, 8)])
    assert not may_pair(7, 9, [(it, 9) for it in range(MOST_PEERS)])
