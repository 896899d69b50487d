import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.rules.sessions import choice_slots, overlap, slots, timetable


@dataclass
class Item:
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    track_id: int | None = None
    local_day: dt.date | None = dt.date(2025, 11, 6)
    is_break: bool = False
    track_position: int = 0
    is_unconfirmed: bool = True
    is_cancelled: bool = False


def at(hour, minute=0):
    return dt.datetime(2025, 11, 6, hour, minute, tzinfo=dt.UTC)


def test_slots_put_tracks_side_by_side():
    plenary = Item(at(9), at(10))
    one, other = Item(at(10), at(11), track_id=1), Item(at(10), at(11), track_id=2)

    result = slots([plenary, one, other])

    assert [slot.columns for slot in result] == [[[plenary]], [[one], [other]]]


def test_slots_follow_the_order_of_the_tracks_not_of_the_clock():
    right, left = Item(at(9), at(11), track_id=1, track_position=2), Item(at(10), at(11), track_id=2, track_position=1)

    (slot,) = slots([right, left])

    assert slot.columns == [[left], [right]]


def test_slots_of_different_lengths_share_the_longer_stretch():
    long = Item(at(10), at(12), track_id=1)
    first, second = Item(at(10), at(11), track_id=2), Item(at(11), at(12), track_id=2)

    (slot,) = slots([long, first, second])

    assert (slot.starts_at, slot.ends_at) == (at(10), at(12))
    assert slot.columns == [[long], [first, second]]


@pytest.mark.parametrize("session", [Item(None, None), Item(at(9), None), Item(None, at(10))])
def test_slots_refuse_a_session_without_times(session):
    with pytest.raises(ValueError, match=r"^a slot needs sessions with times$"):
        slots([session])


def test_timetable_groups_by_day_and_leaves_out_those_without_one():
    timed, all_day = Item(at(9), at(10)), Item(None, None, local_day=dt.date(2025, 11, 5))

    days = timetable([timed, all_day, Item(None, None, local_day=None)])

    assert [(day.on, day.without_time) for day in days] == [
        (dt.date(2025, 11, 5), [all_day]),
        (dt.date(2025, 11, 6), []),
    ]
    assert [slot.sessions for slot in days[1].slots] == [[timed]]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({}, True),
        ({"is_unconfirmed": False}, False),
        ({"is_unconfirmed": False, "is_break": True}, True),
        ({"is_unconfirmed": False, "is_cancelled": True}, True),
    ],
)
def test_day_is_tentative_when_nothing_that_is_held_is_confirmed(second, expected):
    items = [Item(at(9), at(10)), Item(at(10), at(11), **second)]

    assert timetable(items)[0].is_tentative is expected


def test_day_without_anything_held_is_not_tentative():
    assert not timetable([Item(at(9), at(10), is_cancelled=True)])[0].is_tentative


def test_slot_is_a_break_when_all_of_it_is():
    coffee, lunch = slots([Item(at(9), at(10), is_break=True), Item(at(10), at(11))])

    assert (coffee.is_break, lunch.is_break) == (True, False)


def named(slots):
    return ["".join(sorted(session.name for session in slot.sessions)) for slot in slots]


def item(name, start, end, track):
    session = Item(at(start), at(end), track, track_position=track)
    session.name = name
    return session


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], []),
        ([item("a", 9, 10, 1)], ["a"]),
        ([item("a", 9, 10, 1), item("b", 9, 10, 2), item("c", 11, 12, 1)], ["ab", "c"]),
        ([item("a", 9, 10, 1), item("b", 9, 10, 2), item("c", 10, 11, 1)], ["ab", "c"]),  # one ends as the next begins
        ([item("a", 9, 10, 1), item("w", 9, 12, 2), item("b", 10, 12, 1)], ["aw", "bw"]),
        ([item("a", 9, 11, 1), item("b", 10, 13, 2), item("c", 12, 14, 1)], ["ab", "bc"]),  # a chain
    ],
)
def test_moments_are_what_is_on_together(sessions, expected):
    assert named(choice_slots(sessions)) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Item(at(8), at(9)), False),  # ends as the first begins
        (Item(at(8), at(9, 1)), True),
        (Item(at(9, 20), at(9, 40)), True),
        (Item(at(9, 59), at(11)), True),
        (Item(at(10), at(11)), False),
        (Item(at(9), None), False),
        (Item(None, at(10)), False),
        (Item(None, None), False),
    ],
)
def test_overlap_needs_a_moment_that_both_are_on(other, expected):
    session = Item(at(9), at(10))

    assert overlap(session, other) is expected
    assert overlap(other, session) is expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.integers(1, 3)), max_size=12))
def test_any_two_that_overlap_share_a_moment_and_no_others_do(spans):
    sessions = [item(str(n), 0, 1, track) for n, (_start, _length, track) in enumerate(sorted(spans))]
    for session, (start, length, _track) in zip(sessions, sorted(spans), strict=True):
        session.starts_at = at(0) + dt.timedelta(hours=start)
        session.ends_at = session.starts_at + dt.timedelta(hours=length)

    groups = [slot.sessions for slot in choice_slots(sessions)]

    for one in sessions:
        for other in sessions:
            together = any(any(it is one for it in slot) and any(it is other for it in slot) for slot in groups)
            assert together == overlap(one, other)
