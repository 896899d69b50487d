"""The code on a room's screen: how long it works, and for what."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.room_codes import LENGTH, code_at, is_accepted, step_at

KEY = b"a key that is on no page"
START = dt.datetime(2025, 11, 6, 10, 0, tzinfo=dt.UTC)  # a step begins
SECOND = dt.timedelta(seconds=1)
moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))


def shown(at, session=1, key=KEY):
    return code_at(key, session, step_at(at))


@pytest.mark.parametrize(
    ("seconds", "works"),
    [(-0.001, False), (0, True), (19.999, True), (20, True), (39.999, True), (40, False), (3600, False)],
)
def test_a_code_works_for_its_step_and_the_next(seconds, works):
    assert is_accepted(KEY, 1, shown(START), START + seconds * SECOND) is works


@given(moments, st.floats(0, 3600))
def test_a_photo_of_the_screen_works_for_twenty_seconds_at_least_and_forty_at_most(taken, seconds):
    works = is_accepted(KEY, 1, shown(taken), taken + seconds * SECOND)

    assert works or seconds >= 20
    assert not works or seconds < 40


@given(moments, st.integers(1, 2**63 - 1))
def test_a_code_is_six_letters_that_nobody_confuses(at, session):
    code = shown(at, session)

    assert len(code) == LENGTH == 6
    assert not set(code) & set("ILOU")


def test_a_code_of_another_session_or_key_does_not_work():
    assert not is_accepted(KEY, 2, shown(START), START)
    assert not is_accepted(KEY, 1, shown(START, key=b"another"), START)


@pytest.mark.parametrize("typed", ["{}", " {} ", "https://academy.example/me/2025/check-in/x/?code={}", "lower {}"])
def test_it_may_be_typed_in_any_way_or_come_with_its_address(typed):
    code = shown(START)
    spaced = f"{code[:3]}-{code[3:]}".lower()

    assert is_accepted(KEY, 1, typed.replace("lower ", "").format(spaced), START)


@pytest.mark.parametrize("typed", ["", " ", "ABC", "é" * 6, "\ud800", "0" * 300])
def test_what_is_no_code_does_not_work(typed):
    assert not is_accepted(KEY, 1, typed, START)


def test_a_code_is_the_same_in_every_zone():
    madrid = dt.timezone(dt.timedelta(hours=1))

    assert shown(START.astimezone(madrid)) == shown(START)
