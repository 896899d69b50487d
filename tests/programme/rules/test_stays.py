import datetime as dt

import pytest

from programme.rules.stays import arrival_span, departure_span, is_within

DAYS = [dt.date(2025, 11, 7), dt.date(2025, 11, 6)]


def test_people_arrive_by_the_last_day_and_leave_from_the_first():
    assert arrival_span(DAYS) == (dt.date(2025, 10, 23), dt.date(2025, 11, 7))
    assert departure_span(DAYS) == (dt.date(2025, 11, 6), dt.date(2025, 11, 21))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(2025, 11, 5, 23, 59, 59), False),
        (dt.datetime(2025, 11, 6), True),
        (dt.datetime(2025, 11, 7, 23, 59), True),
        (dt.datetime(2025, 11, 8), False),
    ],
)
def test_a_span_has_both_its_days(moment, expected):
    assert is_within(moment, (DAYS[1], DAYS[0])) is expected
