"""Which session somebody comes to at a kiosk that is for several."""

import datetime as dt

import pytest

from attendance.rules.kiosks import OpenDoor, door_for

NOW = dt.datetime(2025, 11, 6, 10, 30, tzinfo=dt.UTC)


def door(pk, minutes, *, expected=True, entered=None):
    entered_at = None if entered is None else NOW + dt.timedelta(minutes=entered)
    return OpenDoor(pk, NOW + dt.timedelta(minutes=minutes), expected, entered_at)


@pytest.mark.parametrize(
    ("doors", "chosen"),
    [
        ([], None),
        ([door(1, 30)], 1),
        ([door(1, 30), door(2, -30)], 2),  # what runs, before what is to come
        ([door(1, -90), door(2, -10)], 2),  # of what runs, the latest
        ([door(1, 50), door(2, 20)], 2),  # of what is to come, the next
        ([door(1, -30, expected=False), door(2, 30)], 2),  # the one with their seat, before all others
        ([door(1, -30, expected=False), door(2, -30, expected=False)], 1),  # none: the desk is told about the first
        ([door(1, 0), door(2, 30)], 1),
        ([door(1, -80, entered=-85), door(2, 10)], 2),  # they are in the one that runs, and come to the next
        ([door(1, -80, entered=-1), door(2, 10)], 1),  # the badge is held there again
        ([door(1, -80, entered=-85), door(2, 10, entered=-9)], 1),  # in both: the one that runs
        ([door(1, -80, entered=-85), door(2, 10, expected=False)], 1),  # not one that is for others
    ],
)
def test_somebody_comes_to_one_of_the_open_doors(doors, chosen):
    assert door_for(doors, NOW) == chosen
    assert door_for(doors[::-1], NOW) == chosen
