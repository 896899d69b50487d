import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme import rules

MADRID = ZoneInfo("Europe/Madrid")
HOUR = dt.timedelta(hours=1)


@dataclass
class Run:
    first_on: dt.date
    last_on: dt.date
    zone: ZoneInfo = MADRID


@dataclass
class Item:
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    track_id: int | None = None
    local_day: dt.date | None = dt.date(2025, 11, 6)
    is_break: bool = False
    track_position: int = 0
    is_tentative: bool = True
    is_cancelled: bool = False


def at(hour, minute=0):
    return dt.datetime(2025, 11, 6, hour, minute, tzinfo=dt.UTC)


SPRING = Run(dt.date(2025, 3, 1), dt.date(2025, 6, 30))
AUTUMN = Run(dt.date(2025, 9, 1), dt.date(2025, 12, 31))
WIDE = Run(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("editions", "on", "expected"),
    [
        ([], dt.date(2025, 1, 1), None),
        ([SPRING, AUTUMN], dt.date(2025, 4, 1), SPRING),
        ([SPRING, AUTUMN], dt.date(2025, 6, 30), SPRING),  # the last day still counts
        ([SPRING, AUTUMN], dt.date(2025, 7, 1), AUTUMN),  # none runs: the next to begin
        ([AUTUMN, SPRING], dt.date(2025, 1, 1), SPRING),
        ([WIDE, SPRING], dt.date(2025, 4, 1), SPRING),  # two run: the latest to have begun
        ([SPRING, AUTUMN], dt.date(2026, 1, 1), None),  # all are over
    ],
)
def test_current_edition(editions, on, expected):
    noon = dt.datetime.combine(on, dt.time(12), dt.UTC)

    assert rules.current_edition(editions, noon) == expected


def test_current_edition_changes_at_midnight_where_it_is_held():
    old, new = Run(dt.date(2025, 9, 1), dt.date(2025, 9, 30)), Run(dt.date(2025, 10, 1), dt.date(2025, 12, 31))
    midnight = dt.datetime(2025, 9, 30, 22, tzinfo=dt.UTC)  # in Madrid

    assert rules.current_edition([old, new], midnight - dt.timedelta(minutes=1)) == old
    assert rules.current_edition([old, new], midnight) == new


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (dt.datetime(2025, 10, 16, 16), dt.datetime(2025, 10, 16, 14, tzinfo=dt.UTC)),
        (dt.datetime(2025, 10, 28, 16), dt.datetime(2025, 10, 28, 15, tzinfo=dt.UTC)),
        (dt.datetime(2025, 10, 26, 2, 30), dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)),  # twice: the first
    ],
)
def test_to_instant_knows_the_clock_change(local, expected):
    assert rules.to_instant(local, MADRID) == expected


def test_to_instant_refuses_a_time_that_clocks_skip():
    with pytest.raises(rules.NoSuchTimeError, match="02:30 does not exist on 30 March 2025 in Europe/Madrid"):
        rules.to_instant(dt.datetime(2025, 3, 30, 2, 30), MADRID)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        (dt.datetime(2025, 10, 26, 1, 59), MADRID, [dt.datetime(2025, 10, 25, 23, 59)]),
        (dt.datetime(2025, 10, 26, 2), MADRID, [dt.datetime(2025, 10, 26, 0), dt.datetime(2025, 10, 26, 1)]),
        (
            dt.datetime(2025, 10, 26, 2, 30, fold=1),
            MADRID,
            [dt.datetime(2025, 10, 26, 0, 30), dt.datetime(2025, 10, 26, 1, 30)],
        ),
        (dt.datetime(2025, 10, 26, 3), MADRID, [dt.datetime(2025, 10, 26, 2)]),
        (dt.datetime(2025, 3, 30, 2), MADRID, []),
        (dt.datetime(2025, 3, 30, 3), MADRID, [dt.datetime(2025, 3, 30, 1)]),
        (
            dt.datetime(2025, 4, 6, 1, 30),
            ZoneInfo("Australia/Lord_Howe"),
            [dt.datetime(2025, 4, 5, 14, 30), dt.datetime(2025, 4, 5, 15)],
        ),
        (
            dt.datetime(2025, 10, 26, 1, 30),
            ZoneInfo("Europe/Dublin"),
            [dt.datetime(2025, 10, 26, 0, 30), dt.datetime(2025, 10, 26, 1, 30)],
        ),
    ],
)
def test_instants_of_a_local_time_are_none_one_or_two(local, zone, expected):
    instants = [it.replace(tzinfo=dt.UTC) for it in expected]

    assert rules.instants_of(local, zone) == instants
    assert rules.comes_twice(local.replace(tzinfo=zone), zone) == (len(instants) == 2)
    if instants:
        assert rules.to_instant(local, zone) == instants[-1 if local.fold else 0]


def test_shift_by_days_from_a_time_that_comes_twice_into_the_gap_moves_on_by_the_gap():
    second = dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC)  # 02:30 in Madrid, after the clocks went back

    shifted = rules.shift_by_days(second, 154, MADRID)

    assert shifted.astimezone(MADRID).replace(tzinfo=None) == dt.datetime(2025, 3, 30, 3, 30)


def test_shift_by_days_keeps_the_local_time_across_the_clock_change():
    before = dt.datetime(2025, 10, 25, 14, tzinfo=dt.UTC)  # 16:00 in Madrid

    assert rules.shift_by_days(before, 1, MADRID) == dt.datetime(2025, 10, 26, 15, tzinfo=dt.UTC)


def test_shift_by_days_into_the_gap_moves_on_by_the_gap():
    before = rules.to_instant(dt.datetime(2025, 3, 29, 2, 30), MADRID)

    shifted = rules.shift_by_days(before, 1, MADRID)

    assert shifted.astimezone(MADRID).replace(tzinfo=None) == dt.datetime(2025, 3, 30, 3, 30)


zones = st.sampled_from(["Europe/Madrid", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(
    ZoneInfo
)
moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))


@given(moments, st.integers(-800, 800), zones)
def test_shift_by_days_moves_the_local_day_by_just_that(moment, days, zone):
    moved = rules.shift_by_days(moment, days, zone)

    local, moved_local = moment.astimezone(zone), moved.astimezone(zone)
    assert (moved_local.date() - local.date()).days in {days, days + 1}  # +1: midnight itself was skipped
    difference = moved_local.replace(tzinfo=None) - local.replace(tzinfo=None) - dt.timedelta(days=days)
    assert dt.timedelta() <= difference <= HOUR


def test_slots_put_tracks_side_by_side():
    plenary = Item(at(9), at(10))
    one, other = Item(at(10), at(11), track_id=1), Item(at(10), at(11), track_id=2)

    found = rules.slots([plenary, one, other])

    assert [slot.columns for slot in found] == [[[plenary]], [[one], [other]]]


def test_slots_follow_the_order_of_the_tracks_not_of_the_clock():
    right, left = Item(at(9), at(11), track_id=1, track_position=2), Item(at(10), at(11), track_id=2, track_position=1)

    (slot,) = rules.slots([right, left])

    assert slot.columns == [[left], [right]]


def test_slots_of_different_lengths_share_the_longer_stretch():
    long = Item(at(10), at(12), track_id=1)
    first, second = Item(at(10), at(11), track_id=2), Item(at(11), at(12), track_id=2)

    (slot,) = rules.slots([long, first, second])

    assert (slot.starts_at, slot.ends_at) == (at(10), at(12))
    assert slot.columns == [[long], [first, second]]


def test_slots_refuse_a_session_without_times():
    with pytest.raises(ValueError, match="without times"):
        rules.slots([Item(None, None)])


def test_timetable_groups_by_day_and_leaves_out_those_without_one():
    timed, all_day = Item(at(9), at(10)), Item(None, None, local_day=dt.date(2025, 11, 5))

    days = rules.timetable([timed, all_day, Item(None, None, local_day=None)])

    assert [(day.on, day.without_time) for day in days] == [
        (dt.date(2025, 11, 5), [all_day]),
        (dt.date(2025, 11, 6), []),
    ]
    assert [slot.sessions for slot in days[1].slots] == [[timed]]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({}, True),
        ({"is_tentative": False}, False),
        ({"is_tentative": False, "is_break": True}, True),
        ({"is_tentative": False, "is_cancelled": True}, True),
    ],
)
def test_day_is_tentative_when_nothing_that_is_held_is_confirmed(second, expected):
    items = [Item(at(9), at(10)), Item(at(10), at(11), **second)]

    assert rules.timetable(items)[0].is_tentative is expected


def test_day_without_anything_held_is_not_tentative():
    assert not rules.timetable([Item(at(9), at(10), is_cancelled=True)])[0].is_tentative


def test_slot_is_a_break_when_all_of_it_is():
    coffee, lunch = rules.slots([Item(at(9), at(10), is_break=True), Item(at(10), at(11))])

    assert (coffee.is_break, lunch.is_break) == (True, False)


def test_clock_changes_between_two_days():
    (change,) = rules.clock_changes(dt.date(2025, 9, 16), dt.date(2025, 12, 31), MADRID)

    assert change.on == dt.date(2025, 10, 26)
    assert change.before == ("CEST", 2 * HOUR)
    assert change.after == ("CET", HOUR)
    assert not change.goes_forward


def test_clock_changes_forward_in_spring_and_never_in_utc():
    (spring,) = rules.clock_changes(dt.date(2025, 3, 1), dt.date(2025, 5, 1), MADRID)

    assert spring.goes_forward
    assert rules.clock_changes(dt.date(2025, 1, 1), dt.date(2025, 12, 31), ZoneInfo("UTC")) == []


def named(slots):
    return ["".join(sorted(session.name for session in slot.sessions)) for slot in slots]


def item(name, start, end, track):
    found = Item(at(start), at(end), track, track_position=track)
    found.name = name
    return found


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
    assert named(rules.moments(sessions)) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.integers(1, 3)), max_size=12))
def test_any_two_that_overlap_share_a_moment_and_no_others_do(spans):
    sessions = [item(str(n), 0, 1, track) for n, (_start, _length, track) in enumerate(sorted(spans))]
    for session, (start, length, _track) in zip(sessions, sorted(spans), strict=True):
        session.starts_at = at(0) + dt.timedelta(hours=start)
        session.ends_at = session.starts_at + dt.timedelta(hours=length)

    found = [slot.sessions for slot in rules.moments(sessions)]

    for one in sessions:
        for other in sessions:
            together = any(any(it is one for it in slot) and any(it is other for it in slot) for slot in found)
            assert together == rules.overlap(one, other)


@pytest.mark.parametrize(
    ("states", "expected"),
    [({}, ()), ({"a": "held"}, ("a",)), ({"a": "held", "b": "waiting"}, ("b",)), ({"z": "held"}, ())],
)
def test_what_somebody_wants_most_is_what_they_wait_for(states, expected):
    assert rules.chosen("ab", states) == expected
