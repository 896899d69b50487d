"""When something is open."""

import datetime as dt

import pytest

from programme.rules.windows import Window, window

SECOND = dt.timedelta(seconds=1)
OPENS = dt.datetime(2025, 9, 1, 8, tzinfo=dt.UTC)
CLOSES = dt.datetime(2025, 9, 15, 18, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "now", "expected"),
    [
        (OPENS, CLOSES, OPENS - SECOND, Window.NOT_YET),
        (OPENS, CLOSES, OPENS, Window.OPEN),
        (OPENS, CLOSES, CLOSES - SECOND, Window.OPEN),
        (OPENS, CLOSES, CLOSES, Window.OVER),
        (OPENS, None, OPENS - SECOND, Window.NOT_YET),
        (OPENS, None, OPENS, Window.OPEN),
        (OPENS, None, CLOSES, Window.OPEN),  # without an end it never closes
        (None, CLOSES, CLOSES - SECOND, Window.UNKNOWN),
        (None, CLOSES, CLOSES, Window.OVER),
        (None, None, OPENS, Window.UNKNOWN),
    ],
)
def test_window_is_open_from_its_first_moment_until_just_before_its_last(opens_at, closes_at, now, expected):
    assert window(opens_at, closes_at, now) == expected
