"""Who changes seats with whom: cases side by side, and an independent search that tries every order of people."""

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from programme.seat_rules import Exchange, Wait, first_circle, moving_ends_at, next_to_move


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ([], []),
        (["1: A for B"], []),
        (["1: A for B", "2: B for A"], [2, 1]),
        (["1: A for B", "2: B for C", "3: C for A"], [3, 2, 1]),
        (["1: A for B", "2: C for B", "3: B for A"], [3, 1]),
        (["1: A for B", "2: A for B", "3: B for A"], [3, 1]),  # whoever has waited longer
        (["1: A for B", "2: B for A", "3: C for D", "4: D for C"], [2, 1]),  # the one that closed first
        (["1: A for B", "2: C for A", "3: B for C", "4: B for A"], [3, 1, 2]),  # though the other is shorter
        (["1: A for B", "2: B for C", "3: C for B"], [3, 2]),
        (["1: A for B", "2: B for C", "3: C for D"], []),
        (["1: A for B", "1: C for B", "2: B for C"], [2, 1]),  # the first gives up two seats for a long session
        (["1: Z for Y", "2: A for B", "3: C for B", "4: C for D", "5: D for A", "6: B for C"], [6, 2, 5, 4]),
    ],
)
def test_the_first_circle(waiting, expected):
    assert first_circle(parsed(waiting)) == expected


def parsed(waiting):
    """ "1: A for B": the first to wait gives A for B."""
    split = [line.replace(":", "").split() for line in waiting]
    return [Exchange(int(number), wanted, given) for number, given, _for, wanted in split]


@st.composite
def waiting_lists(draw):
    """Up to seven people with a wish each, among five sessions; some would give up two for it."""
    found = []
    for number in range(draw(st.integers(0, 7))):
        wanted = draw(st.sampled_from("ABCDE"))
        others = st.sampled_from([it for it in "ABCDE" if it != wanted])
        found += [Exchange(number, wanted, it) for it in draw(st.sets(others, min_size=1, max_size=2))]
    return found


def circles_by_trying(exchanges):
    """Every order in which people can pass seats on, each session entered once; the newest member first."""
    gives, wants = {}, {}
    for number, wanted, given_up in exchanges:
        gives.setdefault(number, set()).add(given_up)
        wants[number] = wanted
    return [
        order
        for size in range(2, len(wants) + 1)
        for order in permutations(wants, size)
        if order[0] == max(order)
        and len({wants[it] for it in order}) == size
        and all(wants[after] in gives[before] for before, after in zip(order, (*order[1:], order[0]), strict=True))
    ]


@given(waiting_lists())
@example(parsed(["0: A for B", "1: B for C", "1: A for C", "2: C for A"]))
def test_a_circle_is_found_wherever_there_is_one_and_it_is_the_first_to_have_closed(exchanges):
    circles = circles_by_trying(exchanges)

    found = tuple(first_circle(exchanges))

    if not circles:
        assert found == ()
    else:
        assert found in circles
        assert found[0] == min(circle[0] for circle in circles)


@given(waiting_lists())
def test_where_everybody_gives_up_one_seat_whoever_has_waited_longest_is_first(exchanges):
    one_each = list({it.number: it for it in exchanges}.values())
    circles = circles_by_trying(one_each)
    newest = min((circle[0] for circle in circles), default=None)

    expected = min((circle for circle in circles if circle[0] == newest), default=())

    assert tuple(first_circle(one_each)) == expected


@given(waiting_lists(), st.randoms())
def test_the_order_in_which_they_are_named_plays_no_part(exchanges, dice):
    mixed = list(exchanges)
    dice.shuffle(mixed)

    assert first_circle(mixed) == first_circle(exchanges)


@given(waiting_lists())
def test_settling_one_after_the_other_ends_and_leaves_no_circle(exchanges):
    while circle := first_circle(exchanges):
        before = len(exchanges)
        exchanges = [it for it in exchanges if it.number not in circle]
        assert len(exchanges) < before

    assert circles_by_trying(exchanges) == []


@st.composite
def everything(draw):
    """People who wait, some of whom are asked rather than moved, and sessions that are full, have a place, or too many people."""
    waits: dict[int, list[Exchange]] = {}
    for exchange in draw(waiting_lists()):
        waits.setdefault(exchange.number, []).append(exchange)
    found = [
        Wait(
            number, group[0].wanted, tuple(it.given for it in group) if draw(st.booleans()) else (), draw(st.booleans())
        )
        for number, group in waits.items()
    ]
    states = draw(st.fixed_dictionaries({it: st.sampled_from(["free", "full", "over"]) for it in "ABCDE"}))
    return found, {it for it in "ABCDE" if states[it] == "free"}, {it for it in "ABCDE" if states[it] == "full"}


@given(everything())
def test_whoever_is_next_can_be_moved_and_has_a_place_to_go_to(world):
    waits, free, full = world

    moved = next_to_move(waits, free=free, full=full)

    of = {it.number: it for it in waits}
    for_free = [it.number for it in waits if it.is_movable and it.wanted in free]
    if for_free:
        assert moved == [min(for_free)]
        return
    assert all(of[number].is_movable for number in moved)
    places = [of[number].wanted for number in moved]
    left = {given for number in moved for given in of[number].gives}
    assert len(set(places)) == len(places)
    assert set(places) <= left & full
    in_full = [it for it in waits if it.is_movable and it.wanted in full]
    exchanges = [Exchange(it.number, it.wanted, given) for it in in_full for given in it.gives if given in full]
    assert bool(moved) == bool(circles_by_trying(exchanges))


def test_one_long_circle_among_two_thousand_who_wait():
    """Through forty sessions; only the last to wait closes it, with those who have waited longest in each."""
    many = [Exchange(n, n % 40 + 1, n % 40) for n in range(2000) if n % 40 != 39]

    assert first_circle(many) == []
    assert first_circle([*many, Exchange(5000, 0, 39)]) == [5000, *range(38, -1, -1)]


@pytest.mark.parametrize(
    ("starts", "minutes", "expected"),
    [(["10:00"], 60, "09:00"), (["10:30", "10:00"], 60, "09:00"), (["10:00"], 0, "10:00")],
)
def test_moving_ends_before_the_first_of_the_sessions(starts, minutes, expected):
    at = {it: dt.datetime.fromisoformat(f"2025-11-06T{it}:00+00:00") for it in (*starts, expected)}

    assert moving_ends_at([at[it] for it in starts], dt.timedelta(minutes=minutes)) == at[expected]
