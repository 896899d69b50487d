"""Who was in a meeting when, from what its platform reports in whatever order."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.meeting_events import Event, EventKind, Presence, Stay, presences

STARTS = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
ENDS = STARTS + dt.timedelta(hours=2)
JOINED, LEFT, WAITING, ENDED = EventKind.JOINED, EventKind.LEFT, EventKind.WAITING, EventKind.ENDED


def at(minute):
    return STARTS + dt.timedelta(minutes=minute)


def event(kind, minute, connection="1", person="ana", instance="a"):
    return Event(kind, at(minute), instance, connection, person)


def minutes(presence):
    def minute(moment):
        return moment and (moment - STARTS) // dt.timedelta(minutes=1)

    return [(minute(it.starts_at), minute(it.ends_at)) for it in presence.stays]


def of_ana(*events, closes_at=None):
    return presences(events, closes_at=closes_at).get("ana", Presence())


@st.composite
def meetings(draw):
    """The truth: for each person, what they did on each of their connections, and the events of it."""
    truth, events = {}, []
    for person in ("ana", "bo"):
        seconds = set()
        for connection in range(draw(st.integers(1, 3))):
            moments = sorted(draw(st.sets(st.integers(0, 7200), max_size=6)))
            for n, second in enumerate(moments):
                kind = JOINED if n % 2 == 0 else LEFT
                moment = STARTS + dt.timedelta(seconds=second)
                events.append(Event(kind, moment, "a", f"{person}{connection}", person))
            if len(moments) % 2:
                moments.append(7200)  # nobody told of the end
            for start, end in zip(moments[::2], moments[1::2], strict=True):
                seconds.update(range(start, end))
        truth[person] = seconds
    return truth, events


@given(meetings(), st.randoms())
def test_events_in_any_order_and_repeated_give_the_truth(meeting, random):
    truth, events = meeting
    sent = [*events, *(it for it in events if random.random() < 0.5)]
    random.shuffle(sent)

    found = presences(sent, closes_at=ENDS)

    assert found == presences(events, closes_at=ENDS)
    for person, seconds in truth.items():
        stays = found.get(person, Presence()).stays
        ranges = [
            range(*((moment - STARTS) // dt.timedelta(seconds=1) for moment in (it.starts_at, it.ends_at)))
            for it in stays
        ]
        assert {second for it in ranges for second in it} == seconds
        assert all(first.ends_at < second.starts_at for first, second in pairwise(stays))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event(JOINED, 0)], [(0, None)]),
        ([event(JOINED, 0), event(LEFT, 30), event(JOINED, 40, "2"), event(LEFT, 50, "2")], [(0, 30), (40, 50)]),
        ([event(JOINED, 0), event(JOINED, 10, "2"), event(LEFT, 20), event(LEFT, 30, "2")], [(0, 30)]),  # two devices
        ([event(JOINED, 0), event(ENDED, 60, "", "")], [(0, 60)]),
        ([event(LEFT, 20)], [(20, 20)]),  # since when, nobody knows
        ([event(JOINED, 0), event(LEFT, 10), event(JOINED, 10)], [(0, None)]),  # reconnected within a second
        ([event(JOINED, 0), event(LEFT, 0)], [(0, 0)]),
        ([event(WAITING, 0), event(JOINED, 5)], [(5, None)]),
        ([event(JOINED, 0), event(WAITING, 30)], [(0, 30)]),  # sent back to the waiting room
        ([event(WAITING, 0)], []),
        ([event(JOINED, 0), event(JOINED, 60, "1", instance="b")], [(0, None)]),  # the meeting was started again
        ([event(JOINED, 0), event(JOINED, 60, "9", "bo", "b")], [(0, 60)]),  # and this person did not come back
        ([event(JOINED, 0), event(ENDED, 60, "", "", "b")], [(0, 60)]),
    ],
)
def test_what_a_running_meeting_shows(events, expected):
    assert minutes(of_ana(*events)) == expected


def test_who_never_left_stayed_until_the_end_as_an_estimate():
    (stay,) = of_ana(event(JOINED, 0), closes_at=ENDS).stays

    assert stay == Stay(STARTS, ENDS, is_estimated=True)


def test_an_end_that_was_reported_is_no_estimate():
    (stay,) = of_ana(event(JOINED, 0), event(ENDED, 60, "", ""), closes_at=ENDS).stays

    assert stay == Stay(STARTS, at(60))


def test_who_waits_is_not_there_and_is_shown_to_wait():
    presence = of_ana(event(WAITING, 0))

    assert presence == Presence((), is_waiting=True)
    assert not of_ana(event(WAITING, 0), event(EventKind.STOPPED_WAITING, 5)).is_waiting
    assert not of_ana(event(WAITING, 0), event(JOINED, 5)).is_waiting


def test_events_of_one_connection_are_one_persons_although_one_says_less():
    unnamed = replace(event(LEFT, 30), person="zzz")

    assert minutes(of_ana(event(JOINED, 0), unnamed)) == [(0, 30)]
    assert set(presences([event(JOINED, 0), unnamed], closes_at=None)) == {"ana"}


def test_people_whose_platform_tells_no_connection_stay_apart():
    events = [event(JOINED, 0, ""), event(JOINED, 5, "", "bo"), event(LEFT, 30, "", "bo")]

    found = presences(events, closes_at=None)

    assert {person: minutes(it) for person, it in found.items()} == {"ana": [(0, None)], "bo": [(5, 30)]}
