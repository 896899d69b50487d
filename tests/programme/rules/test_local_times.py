import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.local_times import (
    FIRST_DAY,
    FIRST_MOMENT,
    LAST_DAY,
    LAST_MOMENT,
    NoSuchTimeError,
    clock_changes,
    comes_twice,
    instants_of,
    shift_by_days,
    to_instant,
)

MADRID = ZoneInfo("Europe/Madrid")
HOUR = dt.timedelta(hours=1)


def test_moments_allowed_are_those_of_the_days_allowed():
    assert dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC) == FIRST_MOMENT
    assert dt.datetime.combine(LAST_DAY, dt.time(), dt.UTC) + dt.timedelta(days=1) == LAST_MOMENT


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (dt.datetime(2025, 10, 16, 16), dt.datetime(2025, 10, 16, 14, tzinfo=dt.UTC)),
        (dt.datetime(2025, 10, 28, 16), dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)),
        (dt.datetime(2025, 10, 26, 2, 30), dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)),  # twice: the first
        (dt.datetime(2025, 10, 26, 2, 30, fold=1), dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC)),  # the second
        (dt.datetime(2025, 10, 16, 16, fold=1), dt.datetime(2025, 10, 16, 14, tzinfo=dt.UTC)),  # there is no second
    ],
)
def test_to_instant_knows_the_clock_change(local, expected):
    assert to_instant(local, MADRID) == expected


def test_to_instant_refuses_a_time_that_clocks_skip():
    with pytest.raises(NoSuchTimeError, match="02:30 does not exist on 30 March 2025 in Europe/Madrid"):
        to_instant(dt.datetime(2025, 3, 30, 2, 30), MADRID)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        (dt.datetime(2025, 10, 26, 1, 59), MADRID, [dt.datetime(2025, 10, 25, 23, 59)]),
        (dt.datetime(2025, 10, 26, 2), MADRID, [dt.datetime(2025, 10, 26, 0), dt.datetime(2025, 10, 26, 1)]),
        (
            dt.datetime(2025, 10, 26, 2, 30, fold=1),
            MADRID,
            [dt.datetime(2025, 10, 26, 0, 30), dt.datetime(2025, 10, 26, 1, 30)],
        ),
        (dt.datetime(2025, 10, 26, 3), MADRID, [dt.datetime(2025, 10, 26, 2)]),
        (dt.datetime(2025, 3, 30, 2), MADRID, []),
        (dt.datetime(2025, 3, 30, 3), MADRID, [dt.datetime(2025, 3, 30, 1)]),
        (
            dt.datetime(2025, 4, 6, 1, 30),
            ZoneInfo("Australia/Lord_Howe"),
            [dt.datetime(2025, 4, 5, 14, 30), dt.datetime(2025, 4, 5, 15)],
        ),
        (
            dt.datetime(2025, 10, 26, 1, 30),
            ZoneInfo("Europe/Dublin"),
            [dt.datetime(2025, 10, 26, 0, 30), dt.datetime(2025, 10, 26, 1, 30)],
        ),
    ],
)
def test_instants_of_a_local_time_are_none_one_or_two(local, zone, expected):
    instants = [it.replace(tzinfo=dt.UTC) for it in expected]

    assert instants_of(local, zone) == instants
    assert all(it.tzinfo is dt.UTC for it in instants_of(local, zone))
    assert comes_twice(local.replace(tzinfo=zone), zone) == (len(instants) == 2)
    if instants:
        assert to_instant(local, zone) == instants[-1 if local.fold else 0]


def test_shift_by_days_from_a_time_that_comes_twice_into_the_gap_moves_on_by_the_gap():
    second = dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC)  # 02:30 in Madrid, after the clocks went back

    shifted = shift_by_days(second, 154, MADRID)

    assert shifted.astimezone(MADRID).replace(tzinfo=None) == dt.datetime(2025, 3, 30, 3, 30)


@pytest.mark.parametrize("minute", [0, 30, 60, 90, 120])
@pytest.mark.parametrize("days", [0, 364, -364])
def test_shift_by_days_from_one_night_of_the_change_to_another_keeps_which_of_two_times_it_was(minute, days):
    """From 02:00 in Madrid, every half hour until it is 03:00 for the only time; these nights are whole weeks apart."""
    before = dt.datetime(2025, 10, 26, 0, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)

    shifted = shift_by_days(before, days, MADRID)

    assert shifted == before + dt.timedelta(days=days)
    assert shifted.tzinfo is dt.UTC


def test_shift_by_days_from_a_time_that_comes_once_to_one_that_comes_twice_takes_the_first():
    before = to_instant(dt.datetime(2025, 10, 25, 2, 30), MADRID)

    assert shift_by_days(before, 1, MADRID) == before + dt.timedelta(days=1)


def test_shift_by_days_keeps_the_local_time_across_the_clock_change():
    before = dt.datetime(2025, 10, 25, 14, tzinfo=dt.UTC)  # 16:00 in Madrid

    assert shift_by_days(before, 1, MADRID) == dt.datetime(2025, 10, 26, 15, tzinfo=dt.UTC)


def test_shift_by_days_into_the_gap_moves_on_by_the_gap():
    before = to_instant(dt.datetime(2025, 3, 29, 2, 30), MADRID)

    shifted = shift_by_days(before, 1, MADRID)

    assert shifted.astimezone(MADRID).replace(tzinfo=None) == dt.datetime(2025, 3, 30, 3, 30)


zones = st.sampled_from(["Europe/Madrid", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(
    ZoneInfo
)
moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))


@given(moments, st.integers(-800, 800), zones)
def test_shift_by_days_moves_the_local_day_by_just_that(moment, days, zone):
    moved = shift_by_days(moment, days, zone)

    local, moved_local = moment.astimezone(zone), moved.astimezone(zone)
    assert (moved_local.date() - local.date()).days in {days, days + 1}  # +1: midnight itself was skipped
    difference = moved_local.replace(tzinfo=None) - local.replace(tzinfo=None) - dt.timedelta(days=days)
    assert dt.timedelta() <= difference <= HOUR


def test_clock_changes_between_two_days():
    (change,) = clock_changes(dt.date(2025, 9, 16), dt.date(2025, 12, 31), MADRID)

    assert change.on == dt.date(2025, 10, 26)
    assert change.before == ("CEST", 2 * HOUR)
    assert change.after == ("CET", HOUR)
    assert not change.goes_forward


@pytest.mark.parametrize(
    ("first_on", "last_on", "expected"),
    [
        (dt.date(2025, 10, 20), dt.date(2025, 10, 25), []),
        (dt.date(2025, 10, 20), dt.date(2025, 10, 26), [dt.date(2025, 10, 26)]),
        (dt.date(2025, 10, 25), dt.date(2025, 10, 31), [dt.date(2025, 10, 26)]),
        (dt.date(2025, 10, 26), dt.date(2025, 10, 31), []),  # clocks have changed by the first noon
        (dt.date(2025, 10, 26), dt.date(2025, 10, 26), []),
        (dt.date(2025, 3, 1), dt.date(2025, 12, 31), [dt.date(2025, 3, 30), dt.date(2025, 10, 26)]),
    ],
)
def test_clock_changes_are_those_between_the_first_noon_and_the_last(first_on, last_on, expected):
    assert [change.on for change in clock_changes(first_on, last_on, MADRID)] == expected


def test_clock_changes_forward_in_spring_and_never_in_utc():
    (spring,) = clock_changes(dt.date(2025, 3, 1), dt.date(2025, 5, 1), MADRID)

    assert spring.goes_forward
    assert clock_changes(dt.date(2025, 1, 1), dt.date(2025, 12, 31), ZoneInfo("UTC")) == []
