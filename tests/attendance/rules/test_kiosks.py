"""Which session somebody comes to at a kiosk that is for several."""

import datetime as dt

import pytest

from attendance.rules.kiosks import OpenDoor, door_for

NOW = dt.datetime(2025, 11, 6, 10, 30, tzinfo=dt.UTC)


def door(pk, minutes, *, expected=True):
    return OpenDoor(pk, NOW + dt.timedelta(minutes=minutes), expected)


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
    ],
)
def test_somebody_comes_to_one_of_the_open_doors(doors, chosen):
    assert door_for(doors, NOW) == chosen
    assert door_for(doors[::-1], NOW) == chosen
