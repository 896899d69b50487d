"""When a scan at the door was made."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.check_in import scanned_at

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
STARTS = dt.datetime(2025, 9, 25, 14, 0, tzinfo=dt.UTC)


@given(st.timedeltas(-500 * DAY, 500 * DAY), st.integers(0, 14 * 24 * 60))
def test_a_scan_that_waited_is_dated_back_by_that_however_wrong_the_phone(wrong_by, minutes):
    made = STARTS + wrong_by

    scanned = scanned_at(received_at=STARTS, made=made, sent=made + minutes * MINUTE)

    assert scanned == STARTS - minutes * MINUTE


@pytest.mark.parametrize(
    ("made", "sent"),
    [
        (None, None),
        (STARTS, None),
        (None, STARTS),
        (STARTS, STARTS - MINUTE),  # sent before it was made
        (STARTS - 14 * DAY - MINUTE, STARTS),  # longer than anything waits
    ],
)
def test_a_scan_that_says_nothing_sensible_was_made_as_it_came(made, sent):
    assert scanned_at(received_at=STARTS, made=made, sent=sent) == STARTS


def test_a_phone_in_another_zone_or_in_the_night_of_the_change_waited_as_long():
    made = dt.datetime(2025, 10, 26, 2, 50, tzinfo=ZoneInfo("Europe/Madrid"))
    sent = dt.datetime(2025, 10, 26, 2, 10, fold=1, tzinfo=ZoneInfo("Europe/Madrid"))

    assert scanned_at(received_at=STARTS, made=made, sent=sent) == STARTS - 20 * MINUTE


# How a core session stands
