import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.applications import Points, Rank, is_due_for_deletion, mean_of, ranks_of

DAY = dt.date(2025, 9, 16)


@pytest.mark.parametrize(
    ("points", "weights", "mean"),
    [
        ([], {1: 1}, None),
        ([(1, 1, 5)], {1: 0}, None),
        ([(1, 1, 4), (1, 2, 1)], {1: 1, 2: 2}, "2.00"),
        ([(1, 1, 4), (1, 2, 1), (2, 1, 5), (2, 2, 5)], {1: 1, 2: 2}, "3.50"),
        ([(1, 1, 5), (1, 2, 0), (1, 3, 0)], {1: 1, 2: 1, 3: 1}, "1.67"),
        ([(1, 1, 1), *((1, it, 0) for it in range(2, 9))], dict.fromkeys(range(1, 9), 1), "0.13"),  # half goes up
    ],
)
def test_the_mean_is_weighted_by_criterion(points, weights, mean):
    assert mean_of((Points(*it) for it in points), weights) == (mean and Decimal(mean))


def test_the_same_mean_is_the_same_place_and_the_next_is_left_out():
    means = {"a": Decimal("3.50"), "b": Decimal("4.00"), "c": Decimal("3.50"), "d": Decimal("1.00")}

    ranks = ranks_of(means)

    assert ranks == {
        "b": Rank(1, is_shared=False),
        "a": Rank(2, is_shared=True),
        "c": Rank(2, is_shared=True),
        "d": Rank(4, is_shared=False),
    }


@given(st.dictionaries(st.integers(), st.decimals(0, 5, places=1), max_size=20))
def test_places_follow_the_means(means):
    ranks = ranks_of(means)

    for one, mean in means.items():
        assert ranks[one].place == 1 + sum(it > mean for it in means.values())


@pytest.mark.parametrize(
    ("state", "days", "is_due"),
    [
        ("declined", 180, False),
        ("declined", 181, True),
        ("withdrawn", 181, True),
        ("accepted", 2000, False),
        ("submitted", 181, False),  # waits for the end of the edition
        ("submitted", 281, True),
        ("waiting", 280, False),
    ],
)
def test_what_came_to_nothing_is_deleted_in_time(state, days, is_due):
    today, last_on = DAY + dt.timedelta(days=days), DAY + dt.timedelta(days=100)

    assert is_due_for_deletion(state, ended_on=DAY, last_on=last_on, kept_days=180, today=today) == is_due
