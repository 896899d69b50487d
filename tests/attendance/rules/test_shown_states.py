"""What pages say about a person and a session."""

import datetime as dt
from dataclasses import replace

import pytest

from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import SessionTimes, ShownState, shown_state
from attendance.wording import SYMBOLS

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)
ENDS = STARTS + 90 * MINUTE


@pytest.mark.parametrize(
    ("minutes", "core", "optional"),
    [
        (-1, ShownState.TO_COME, ShownState.TO_COME),
        (0, ShownState.RUNNING, ShownState.RUNNING),
        (89, ShownState.RUNNING, ShownState.RUNNING),
        (90, ShownState.MISSED, ShownState.NOT_SEEN),
    ],
)
def test_what_time_makes_of_those_nobody_has_seen(minutes, core, optional):
    now = STARTS + minutes * MINUTE

    assert SessionTimes(STARTS, ENDS, is_core=True, is_cancelled=False).without_evidence(now) == core
    assert SessionTimes(STARTS, ENDS, is_core=False, is_cancelled=False).without_evidence(now) == optional
    assert SessionTimes(STARTS, ENDS, is_core=True, is_cancelled=True).without_evidence(now) == ShownState.CANCELLED


@pytest.mark.parametrize(("starts_at", "ends_at"), [(None, None), (STARTS, None), (None, ENDS)])
def test_a_session_without_times_has_no_date_unless_it_is_cancelled(starts_at, ends_at):
    planned, cancelled = (SessionTimes(starts_at, ends_at, is_core=True, is_cancelled=it) for it in (False, True))

    assert planned.without_evidence(STARTS) == ShownState.NO_DATE
    assert replace(planned, is_day_known=True).without_evidence(STARTS) == ShownState.NO_TIME
    assert cancelled.without_evidence(STARTS) == ShownState.CANCELLED


@pytest.mark.parametrize(
    ("ends_at", "now", "expected"),
    [(ENDS, ENDS - MINUTE, False), (ENDS, ENDS, True), (ENDS, ENDS + DAY, True), (None, ENDS, False)],
)
def test_a_session_has_ended_from_its_last_moment_on(ends_at, now, expected):
    times = SessionTimes(STARTS, ends_at, is_core=True, is_cancelled=False)

    assert times.has_ended(now) is expected


@pytest.mark.parametrize(
    ("ends_at", "registered_at", "expected"),
    [
        (ENDS, STARTS - DAY, True),
        (ENDS, ENDS - MINUTE, True),  # who registers during a session can still come
        (ENDS, ENDS, False),
        (ENDS, ENDS + DAY, False),
        (ENDS, None, True),
        (None, ENDS + DAY, True),
    ],
)
def test_people_who_register_after_a_session_were_not_registered_for_it(ends_at, registered_at, expected):
    times = SessionTimes(STARTS, ends_at, is_core=True, is_cancelled=False)

    assert times.was_registered(registered_at) is expected


@pytest.mark.parametrize(
    "otherwise",
    [
        ShownState.TO_COME,
        ShownState.RUNNING,
        ShownState.MISSED,
        ShownState.NOT_SEEN,
        ShownState.NO_TIME,
        ShownState.NO_DATE,
    ],
)
def test_state_is_what_is_established_or_else_what_the_time_says(otherwise):
    for status in AttendanceStatus:
        expected = ShownState(status) if status else otherwise
        assert shown_state(status, is_expected=True, otherwise=otherwise) == expected
    assert shown_state(AttendanceStatus.PARTIAL, is_expected=False, otherwise=otherwise) == ShownState.PARTIAL
    assert shown_state(AttendanceStatus.NONE, is_expected=False, otherwise=otherwise) == ShownState.NOT_EXPECTED


def test_a_cancelled_session_is_cancelled_for_those_without_a_seat_too():
    assert shown_state(AttendanceStatus.NONE, is_expected=False, otherwise=ShownState.CANCELLED) == ShownState.CANCELLED


def test_no_two_states_have_the_same_symbol():
    symbols = [SYMBOLS[it] for it in ShownState]

    assert len(set(symbols)) == len(symbols)
