"""How core sessions stand for people and cities."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules import standing as standing_rules
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.standing import Case, Standing

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "ahead", "over", "last_call"),
    [
        (AttendanceStatus.PRESENT, Case.SETTLED, Case.SETTLED, Case.SETTLED),
        (AttendanceStatus.COUNTS, Case.SETTLED, Case.SETTLED, Case.SETTLED),
        (AttendanceStatus.EXCUSED, Case.SETTLED, Case.SETTLED, Case.SETTLED),
        (AttendanceStatus.MADE_UP, Case.SETTLED, Case.SETTLED, Case.SETTLED),
        (AttendanceStatus.CLICKED, Case.SETTLED, Case.SETTLED, Case.SETTLED),
        (AttendanceStatus.PARTIAL, Case.OPEN, Case.OPEN, Case.OPEN),
        (AttendanceStatus.TO_DECIDE, Case.OPEN, Case.OPEN, Case.OPEN),
        (AttendanceStatus.HERE, Case.AHEAD, Case.AHEAD, Case.AHEAD),
        (AttendanceStatus.NOT_YET, Case.TO_MAKE_UP, Case.TO_MAKE_UP, Case.NEVER_MADE_UP),
        (AttendanceStatus.ABSENT, Case.LOST, Case.LOST, Case.LOST),
        (AttendanceStatus.NONE, Case.AHEAD, Case.MISSED, Case.LOST),
    ],
)
def test_case(status, ahead, over, last_call):
    assert standing_rules.case(status, is_over=False, is_last_call=False) == ahead
    assert standing_rules.case(status, is_over=True, is_last_call=False) == over
    assert standing_rules.case(status, is_over=True, is_last_call=True) == last_call
    assert standing_rules.case_of_city([status], is_over=False, is_last_call=False) == ahead
    assert standing_rules.case_of_city([status], is_over=True, is_last_call=False) == over
    assert standing_rules.case_of_city([status], is_over=True, is_last_call=True) == last_call


@pytest.mark.parametrize(
    ("statuses", "ahead", "over", "last_call"),
    [
        ([], Case.AHEAD, Case.MISSED, Case.LOST),
        ([AttendanceStatus.NONE, AttendanceStatus.PRESENT], Case.SETTLED, Case.SETTLED, Case.SETTLED),
        ([AttendanceStatus.ABSENT, AttendanceStatus.COUNTS], Case.SETTLED, Case.SETTLED, Case.SETTLED),
        ([AttendanceStatus.ABSENT, AttendanceStatus.MADE_UP], Case.SETTLED, Case.SETTLED, Case.SETTLED),
        ([AttendanceStatus.EXCUSED, AttendanceStatus.EXCUSED], Case.SETTLED, Case.SETTLED, Case.SETTLED),
        ([AttendanceStatus.EXCUSED, AttendanceStatus.NONE], Case.AHEAD, Case.MISSED, Case.LOST),
        ([AttendanceStatus.EXCUSED, AttendanceStatus.ABSENT], Case.LOST, Case.LOST, Case.LOST),
        ([AttendanceStatus.EXCUSED, AttendanceStatus.PARTIAL], Case.OPEN, Case.OPEN, Case.OPEN),
        ([AttendanceStatus.ABSENT, AttendanceStatus.NONE], Case.AHEAD, Case.MISSED, Case.LOST),
        ([AttendanceStatus.ABSENT, AttendanceStatus.ABSENT], Case.LOST, Case.LOST, Case.LOST),
        ([AttendanceStatus.ABSENT, AttendanceStatus.PARTIAL], Case.OPEN, Case.OPEN, Case.OPEN),
        ([AttendanceStatus.ABSENT, AttendanceStatus.CLICKED], Case.SETTLED, Case.SETTLED, Case.SETTLED),
        ([AttendanceStatus.HERE, AttendanceStatus.NONE], Case.AHEAD, Case.AHEAD, Case.AHEAD),
        ([AttendanceStatus.NOT_YET, AttendanceStatus.NONE], Case.AHEAD, Case.MISSED, Case.LOST),
        ([AttendanceStatus.NOT_YET, AttendanceStatus.NOT_YET], Case.TO_MAKE_UP, Case.TO_MAKE_UP, Case.NEVER_MADE_UP),
        ([AttendanceStatus.NONE, AttendanceStatus.PARTIAL], Case.OPEN, Case.OPEN, Case.OPEN),
    ],
)
def test_case_of_a_city(statuses, ahead, over, last_call):
    assert standing_rules.case_of_city(statuses, is_over=False, is_last_call=False) == ahead
    assert standing_rules.case_of_city(statuses, is_over=True, is_last_call=False) == over
    assert standing_rules.case_of_city(statuses, is_over=True, is_last_call=True) == last_call


@given(st.lists(st.sampled_from(AttendanceStatus)), st.randoms(), st.booleans(), st.booleans())
def test_case_of_a_city_does_not_depend_on_who_comes_first(statuses, random, is_over, is_last_call):
    now = {"is_over": is_over, "is_last_call": is_last_call}

    shuffled = standing_rules.case_of_city(random.sample(statuses, len(statuses)), **now)

    assert shuffled == standing_rules.case_of_city(statuses, **now)


@pytest.mark.parametrize(
    ("cases", "standing"),
    [
        ([], Standing.MET),
        ([Case.SETTLED], Standing.MET),
        ([Case.SETTLED, Case.AHEAD], Standing.ON_TRACK),
        ([Case.SETTLED, Case.OPEN], Standing.AT_RISK),
        ([Case.SETTLED, Case.TO_MAKE_UP], Standing.AT_RISK),
        ([Case.SETTLED, Case.NEVER_MADE_UP], Standing.NOT_MET),
        ([Case.AHEAD, Case.MISSED], Standing.AT_RISK),
        ([Case.MISSED, Case.OPEN, Case.LOST], Standing.NOT_MET),
        ([Case.LOST, Case.SETTLED], Standing.NOT_MET),
    ],
)
def test_standing(cases, standing):
    assert standing_rules.standing(cases) == standing
    assert standing_rules.standing(iter(reversed(cases))) == standing


def test_reasoned_names_the_sessions_in_order():
    reasoned = standing_rules.reasoned([("a", Case.MISSED), ("b", Case.SETTLED), ("c", Case.LOST), ("d", Case.MISSED)])

    assert reasoned.standing == Standing.NOT_MET
    assert reasoned.of(Case.LOST, Case.MISSED) == ["a", "c", "d"]
    assert reasoned.of(Case.AHEAD) == []


# What a page says
