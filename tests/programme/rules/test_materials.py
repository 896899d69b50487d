import datetime as dt

import pytest

from programme.rules.materials import Release, is_released

TODAY = dt.date(2026, 10, 16)


@pytest.mark.parametrize(
    ("release", "released_on", "is_past", "expected"),
    [
        (Release.NOW, None, False, True),
        (Release.AFTER, None, False, False),
        (Release.AFTER, None, True, True),
        (Release.DATE, TODAY, False, True),
        (Release.DATE, TODAY + dt.timedelta(days=1), True, False),
        (Release.DATE, None, True, False),
    ],
)
def test_is_released(release, released_on, is_past, expected):
    assert is_released(release, released_on, today=TODAY, is_past=is_past) is expected
