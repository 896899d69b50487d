"""Quiet hours by the clock of the reader, in nights of every kind."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.quiet_hours import LONGEST_NIGHT, NO_QUIET_HOURS, TIME_TO_ACT, USUAL, QuietHours

MADRID = ZoneInfo("Europe/Madrid")
ZONES = [MADRID, *map(ZoneInfo, ("UTC", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"))]
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def at(day, hour, minute=0, zone=MADRID, fold=0):
    return dt.datetime(2025, *day, hour, minute, tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("quiet", "moment", "expected"),
    [
        (USUAL, at((6, 1), 20, 59), None),
        (USUAL, at((6, 1), 21), at((6, 2), 7)),
        (USUAL, at((6, 2), 6, 59), at((6, 2), 7)),
        (USUAL, at((6, 2), 7), None),
        (USUAL, at((3, 29), 23), at((3, 30), 7)),  # the night is an hour shorter
        (USUAL, at((10, 25), 23), at((10, 26), 7)),  # and longer
        (QuietHours(dt.time(13), dt.time(15)), at((6, 1), 14), at((6, 1), 15)),  # within a day
        (QuietHours(dt.time(22), dt.time()), at((6, 1), 23), at((6, 2), 0)),
        (QuietHours(dt.time(22), dt.time(2, 30)), at((3, 30), 1), at((3, 30), 3, 30)),  # 2:30 is skipped
        (QuietHours(dt.time(22), dt.time(2, 30)), at((10, 26), 1), at((10, 26), 2, 30)),  # the first 2:30
        (
            QuietHours(dt.time(22), dt.time(2, 30)),
            at((10, 26), 2, 10, fold=1),
            None,
        ),  # it is over, though 2:10 comes again
        (QuietHours(dt.time(2, 30), dt.time(3, 15)), at((3, 30), 3, 10), None),  # nothing is left of that night
        (NO_QUIET_HOURS, at((6, 1), 0), None),
    ],
)
def test_the_end_of_a_night(quiet, moment, expected):
    assert quiet.end_after(moment, MADRID).timestamp() == (expected or moment).timestamp()
    assert quiet.is_quiet(moment, MADRID) is bool(expected)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ([], at((6, 2), 7)),
        ([at((6, 2), 9)], at((6, 2), 7)),
        ([at((6, 2), 8, 59)], at((6, 1), 22)),  # too little time between the morning and the session
        ([at((6, 5), 9), at((6, 1), 23)], at((6, 1), 22)),
        ([at((6, 1), 21)], at((6, 2), 7)),  # has begun
    ],
)
def test_what_is_about_a_session_that_begins_soon_does_not_wait(starts, expected):
    assert USUAL.leaves_at(at((6, 1), 22), MADRID, starts) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "is_too_long"),
    [((21, 0), (7, 0), False), ((7, 0), (21, 0), True), ((20, 0), (8, 0), False), ((8, 0), (8, 0), False)],
)
def test_a_night_of_more_than_twelve_hours_is_a_mistake(starts, ends, is_too_long):
    assert QuietHours(dt.time(*starts), dt.time(*ends)).is_too_long is is_too_long


TIMES = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
NIGHTS = st.builds(QuietHours, TIMES, TIMES).filter(lambda it: not it.is_too_long)
MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC))


@given(NIGHTS, MOMENTS, st.sampled_from(ZONES))
def test_an_email_waits_for_one_night_at_most_and_then_leaves(quiet, moment, zone):
    ends_at = quiet.end_after(moment, zone)

    assert moment <= ends_at <= moment + LONGEST_NIGHT + HOUR  # and the change of the clocks
    assert not quiet.is_quiet(ends_at, zone) or ends_at == moment or not quiet.length
    assert quiet.is_quiet(moment, zone) is (ends_at > moment)
    if ends_at > moment:
        assert quiet.end_after(ends_at - MINUTE / 60, zone) == ends_at  # the same night to its end


@given(NIGHTS, MOMENTS, st.sampled_from(ZONES), st.lists(MOMENTS, max_size=3))
def test_what_waits_leaves_in_time_for_each_session(quiet, moment, zone, starts):
    leaves_at = quiet.leaves_at(moment, zone, starts)

    assert leaves_at in {moment, quiet.end_after(moment, zone)}
    assert leaves_at == moment or all(it < moment or it - leaves_at >= TIME_TO_ACT for it in starts)


@given(MOMENTS, st.sampled_from(ZONES))
def test_by_the_usual_clock_nothing_leaves_at_night(moment, zone):
    local = USUAL.end_after(moment, zone).astimezone(zone).time()

    assert dt.time(7) <= local < dt.time(21)
