"""When people are asked whether they still come, who, and until when they can answer."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.coming import (
    MOST_DAYS_BEFORE,
    PAUSE,
    Asked,
    ComingEmail,
    coming_rule,
    days_in_person,
    due_email,
    holds,
)
from programme.rules.windows import Window

MADRID = ZoneInfo("Europe/Madrid")
SANTIAGO = ZoneInfo("America/Santiago")  # its clocks change at midnight
THURSDAY, FRIDAY = dt.date(2025, 11, 6), dt.date(2025, 11, 7)
LONG_AGO = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
QUESTION, REMINDER = ComingEmail


def at(day, hour, minute=0, zone=MADRID):
    return dt.datetime(2025, *day, hour, minute, tzinfo=zone)


DAYS = days_in_person([at((11, 6), 10), at((11, 7), 9)], [], MADRID)
RULE = coming_rule(DAYS, 7, MADRID)


@pytest.mark.parametrize(
    ("starts", "held", "expected"),
    [
        ([], [], None),
        ([at((11, 7), 9), at((11, 6), 10)], [], (THURSDAY, FRIDAY, at((11, 6), 10))),
        ([], [FRIDAY, THURSDAY], (THURSDAY, FRIDAY, at((11, 6), 0))),  # no times
        ([at((11, 7), 9)], [THURSDAY], (THURSDAY, FRIDAY, at((11, 6), 0))),
        ([at((11, 6), 10)], [THURSDAY], (THURSDAY, THURSDAY, at((11, 6), 10))),
        ([dt.datetime(2025, 11, 5, 23, 30, tzinfo=dt.UTC)], [], (THURSDAY, THURSDAY, at((11, 6), 0, 30))),  # in Madrid
    ],
)
def test_the_days_in_person(starts, held, expected):
    days = days_in_person(starts, held, MADRID)

    assert (days and (days.first_on, days.last_on, days.starts_at)) == expected


@pytest.mark.parametrize(
    ("days_before", "asks_at", "reminds_at"),
    [
        (7, at((10, 30), 9), at((11, 4), 9)),
        (14, at((10, 23), 9), at((11, 4), 9)),  # 9:00 on both sides of the clock change
        (3, at((11, 3), 9), at((11, 4), 9)),
        (2, at((11, 4), 9), None),
        (1, at((11, 5), 9), None),
    ],
)
def test_the_question_leaves_at_nine_and_is_repeated_once(days_before, asks_at, reminds_at):
    rule = coming_rule(DAYS, days_before, MADRID)

    assert (rule.asks_at, rule.reminds_at, rule.ends_at) == (asks_at, reminds_at, at((11, 6), 10))


def test_nobody_is_asked_where_it_is_switched_off_or_nothing_is_in_person():
    assert coming_rule(DAYS, 0, MADRID) is None
    assert coming_rule(None, 7, MADRID) is None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at((10, 30), 8, 59), Window.NOT_YET),
        (at((10, 30), 9), Window.OPEN),
        (at((11, 6), 9, 59), Window.OPEN),
        (at((11, 6), 10), Window.OVER),
    ],
)
def test_people_answer_until_the_first_session_in_person(now, expected):
    assert RULE.window(now) is expected


@pytest.mark.parametrize(
    ("person", "now", "expected"),
    [
        ({}, at((10, 30), 8, 59), None),
        ({}, at((10, 30), 9), QUESTION),
        ({}, at((11, 6), 9, 59), QUESTION),  # after an outage
        ({}, at((10, 31), 20, 59), QUESTION),
        ({}, at((10, 31), 21), None),
        ({}, at((11, 1), 7), QUESTION),
        ({"zone": SANTIAGO}, at((10, 31), 9), None),  # five in the morning where they are
        ({"zone": SANTIAGO}, at((10, 31), 11), QUESTION),
        ({}, at((11, 1), 3), None),
        ({}, at((11, 6), 10), None),
        ({"has_answered": True}, at((11, 1), 9), None),
        ({"is_expected": False}, at((11, 1), 9), None),
        ({"registered_at": at((11, 1), 9)}, at((11, 2), 8, 59), None),
        ({"registered_at": at((11, 1), 9)}, at((11, 2), 9), QUESTION),
        ({"asked_at": at((10, 30), 9)}, at((11, 4), 8, 59), None),
        ({"asked_at": at((10, 30), 9)}, at((11, 4), 9), REMINDER),
        ({"asked_at": at((11, 3), 19)}, at((11, 4), 9), None),
        ({"asked_at": at((11, 3), 19)}, at((11, 4), 19), REMINDER),
        ({"asked_at": at((10, 30), 9), "was_reminded": True}, at((11, 5), 9), None),
        ({"asked_at": at((10, 30), 9), "has_answered": True}, at((11, 5), 9), None),
    ],
)
def test_who_is_emailed_and_what(person, now, expected):
    assert due_email(RULE, Asked(**{"registered_at": LONG_AGO} | person), now) is expected


def test_there_is_no_reminder_of_a_question_shortly_before():
    rule = coming_rule(DAYS, 2, MADRID)

    assert due_email(rule, Asked(LONG_AGO, asked_at=at((11, 4), 9)), at((11, 6), 9)) is None


@pytest.mark.parametrize(
    ("answered_at", "days", "expected"),
    [
        (at((11, 1), 9), (THURSDAY, FRIDAY), True),
        (at((11, 1), 9), (THURSDAY, THURSDAY), False),  # the days have moved since
        (at((10, 1), 9), (THURSDAY, FRIDAY), False),  # they have registered anew since
    ],
)
def test_an_answer_holds_for_its_days_and_registration(answered_at, days, expected):
    assert holds(answered_at, days, DAYS, at((10, 15), 9)) is expected


MOMENTS = st.datetimes(dt.datetime(2025, 10, 1), dt.datetime(2025, 11, 10), timezones=st.just(dt.UTC))


@given(
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC)),
    st.integers(1, MOST_DAYS_BEFORE),
    st.sampled_from([MADRID, SANTIAGO]),
)
def test_the_question_comes_before_its_reminder_and_both_before_the_end(starts_at, days_before, zone):
    rule = coming_rule(days_in_person([starts_at], [], zone), days_before, zone)

    moments = [it for it in (rule.asks_at, rule.reminds_at, rule.ends_at) if it]
    assert moments == sorted(moments)
    assert rule.asks_at.astimezone(zone).time() == dt.time(9)
    assert rule.reminds_at is None or rule.reminds_at.timestamp() - rule.asks_at.timestamp() >= 23 * 3600


@given(st.lists(MOMENTS, min_size=1, max_size=60), MOMENTS)
def test_nobody_gets_more_than_two_emails_a_day_apart(ticks, registered_at):
    sent = []
    for now in sorted(ticks):
        asked_at = sent[0][1] if sent else None
        email = due_email(RULE, Asked(registered_at, asked_at=asked_at, was_reminded=len(sent) > 1), now)
        sent += [(email, now)] if email else []

    assert [email for email, _now in sent] == [QUESTION, REMINDER][: len(sent)]
    assert all(
        RULE.is_open(now) and not RULE.is_quiet(now, None) and now >= registered_at + PAUSE for _email, now in sent
    )
    assert len(sent) < 2 or sent[1][1] - sent[0][1] >= PAUSE
