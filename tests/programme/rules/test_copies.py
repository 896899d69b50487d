import datetime as dt

import pytest

from programme.rules.copies import next_first_day, other_years, same_weekday_in, slug_for_year


@pytest.mark.parametrize(
    ("year", "day", "expected"),
    [
        (2026, dt.date(2025, 9, 16), dt.date(2026, 9, 15)),
        (2027, dt.date(2025, 9, 16), dt.date(2027, 9, 14)),
        (2025, dt.date(2024, 2, 29), dt.date(2025, 2, 27)),
        (2028, dt.date(2024, 2, 29), dt.date(2028, 3, 2)),
    ],
)
def test_the_same_weekday_of_another_year(year, day, expected):
    assert same_weekday_in(year, day) == expected
    assert expected.weekday() == day.weekday()


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (dt.date(2025, 3, 1), dt.date(2026, 9, 15)),  # before it began: a year later
        (dt.date(2026, 9, 14), dt.date(2026, 9, 15)),
        (dt.date(2026, 9, 15), dt.date(2027, 9, 14)),
        (dt.date(2031, 1, 1), dt.date(2031, 9, 16)),
    ],
)
def test_the_next_first_day_is_still_to_come(today, expected):
    assert next_first_day(dt.date(2025, 9, 16), today) == expected


def test_a_web_address_has_the_new_year():
    assert slug_for_year("udt-2025", 2025, 2027) == "udt-2027"
    assert slug_for_year("academy", 2025, 2027) == "academy-2027"


def test_other_years_in_a_text():
    text = "In 2024 and 2025, and 2026; room 12025, 202 and 2025."

    assert other_years(text, {2026}) == ["2024", "2025"]
