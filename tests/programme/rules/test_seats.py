"""Who changes seats with whom: cases side by side, and an independent search that tries every order of people."""

import datetime as dt
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from programme.queries.seat_book import BookedSeat, wait_of
from programme.rules.seats import Exchange, Moves, Wait, chosen, first_circle, moving_ends_at, next_to_move
from programme.rules.sessions import overlap


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
    exchanges = []
    for number in range(draw(st.integers(0, 7))):
        wanted = draw(st.sampled_from("ABCDE"))
        others = st.sampled_from([it for it in "ABCDE" if it != wanted])
        exchanges += [Exchange(number, wanted, it) for it in draw(st.sets(others, min_size=1, max_size=2))]
    return exchanges


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

    first = tuple(first_circle(exchanges))

    if not circles:
        assert first == ()
    else:
        assert first in circles
        assert first[0] == min(circle[0] for circle in circles)


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
    people = [
        Wait(
            number,
            group[0].wanted,
            tuple(it.given for it in group) if draw(st.booleans()) else (),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for number, group in waits.items()
    ]
    states = draw(st.fixed_dictionaries({it: st.sampled_from(["full", "over", 1, 2, 3, None]) for it in "ABCDE"}))
    free = {name: state for name, state in states.items() if state not in {"full", "over"}}
    return people, free, {name for name, state in states.items() if state == "full"}


@given(everything())
def test_whoever_is_next_can_be_moved_and_has_a_place_to_go_to(world):
    waits, free, full = world

    moved, is_exchange = next_to_move(waits, free=free, full=full)

    of = {it.number: it for it in waits}
    for_free = [it.number for it in sorted(waits) if it.is_movable and it.wanted in free]
    assert is_exchange == (not for_free)
    if for_free:
        assert moved[0] == for_free[0]
        assert len(moved) == 1 or all(of[number].is_alone for number in moved)
        for session, n_free in free.items():
            line = [number for number in for_free if of[number].wanted == session]
            served = [number for number in moved if of[number].wanted == session]
            assert served == line[: len(served)], "nobody is overtaken"
            assert n_free is None or len(served) <= n_free
        return
    assert all(of[number].is_movable for number in moved)
    places = [of[number].wanted for number in moved]
    left = {given for number in moved for given in of[number].gives}
    assert len(set(places)) == len(places)
    assert set(places) <= left & full
    in_full = [it for it in waits if it.is_movable and it.wanted in full]
    exchanges = [Exchange(it.number, it.wanted, given) for it in in_full for given in it.gives if given in full]
    assert bool(moved) == bool(circles_by_trying(exchanges))


@dataclass(frozen=True)
class Line:
    """An edition in the morning: who holds what, and waits for what, with the real rule for what each would give up."""

    now: ClassVar = dt.datetime(2025, 11, 6, 6, tzinfo=dt.UTC)
    before: ClassVar = dt.timedelta(minutes=60)
    times: dict  # of each session, the hours between which it is on
    n_seats: dict
    seats: tuple  # the state of each seat: by number, person, session and whether it is held

    def of(self, person):
        return [
            BookedSeat(
                number,
                person,
                session,
                is_held,
                starts_at=self.now + dt.timedelta(hours=self.times[session][0]),
                ends_at=self.now + dt.timedelta(hours=self.times[session][1]),
            )
            for number, whose, session, is_held in self.seats
            if whose == person
        ]

    def n_free(self, session):
        return self.n_seats[session] - sum(is_held and one == session for _n, _p, one, is_held in self.seats)

    def next_to_move(self):
        waits = [
            wait_of(next(it for it in self.of(person) if it.number == number), self.of(person), self.before, self.now)
            for number, person, _session, is_held in self.seats
            if not is_held
        ]
        n_free = {it: self.n_free(it) for it in self.times}
        return next_to_move(
            waits, free={it: n for it, n in n_free.items() if n > 0}, full={it for it, n in n_free.items() if n == 0}
        )

    def after(self, numbers):
        """All give up first what they have at the same time, then all have the seats."""
        people = {number: person for number, person, _session, _is_held in self.seats}
        gone = {
            seat.number
            for number in numbers
            for seats in [self.of(people[number])]
            for seat in seats
            if seat.number not in numbers and overlap(seat, next(one for one in seats if one.number == number))
        }
        left = (it for it in self.seats if it[0] not in gone)
        line = replace(self, seats=tuple((*it[:3], it[3] or it[0] in numbers) for it in left))
        for person in set(people.values()):
            held = [it for it in line.of(person) if it.is_held]
            assert not any(overlap(one, other) for one, other in combinations(held, 2)), "one seat at a time"
        assert all(line.n_free(it) >= min(0, self.n_free(it)) for it in self.times), "no more people than places"
        return line


@st.composite
def mornings(draw):
    names = "ABCDE"
    times = {it: draw(st.sampled_from([(0.5, 1.5), (2, 3), (2, 4), (3, 4), (2.5, 3.5)])) for it in names}
    n_seats = draw(st.fixed_dictionaries({it: st.integers(1, 3) for it in names}))
    line = Line(times, n_seats, ())
    wishes = draw(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(names), st.booleans()), max_size=14))
    for number, (person, session, is_held) in enumerate(wishes):
        if any(it[1:3] == (person, session) for it in line.seats):
            continue
        seat = Line(times, n_seats, ((number, person, session, is_held),)).of(person)[0]
        if not (is_held and any(it.is_held and overlap(it, seat) for it in line.of(person))):
            line = replace(line, seats=(*line.seats, (number, person, session, is_held)))
    return line


@given(mornings())
def test_all_who_fit_at_once_end_as_if_they_had_been_moved_one_after_the_other(line):
    together = alone = line

    while moves := together.next_to_move():
        together = together.after(moves.numbers)
    while moves := alone.next_to_move():
        alone = alone.after(moves.numbers if moves.is_exchange else moves.numbers[:1])

    assert together == alone


def wait(number, wanted, *gives, is_movable=True):
    return Wait(number, wanted, gives, is_movable=is_movable)


@pytest.mark.parametrize(
    ("waits", "free", "full", "expected"),
    [
        ([wait(1, "A"), wait(2, "A")], {"A": 1}, {"B"}, Moves([1])),
        ([wait(2, "A"), wait(1, "A")], {"A": 1}, {"B"}, Moves([1])),  # whoever has waited longest
        ([wait(1, "A"), wait(2, "A")], {"A": None}, {"B"}, Moves([1, 2])),  # no limit
        ([wait(1, "A", is_movable=False), wait(2, "A")], {"A": 1}, {"B"}, Moves([2])),
        ([wait(1, "B", "A"), wait(2, "A", "B")], {}, {"A", "B"}, Moves([2, 1], is_exchange=True)),
        ([wait(1, "B", "A"), wait(2, "A", "B"), wait(3, "C")], {"C": 1}, {"A", "B"}, Moves([3])),  # a free seat first
        ([wait(1, "B", "A"), wait(2, "A", "B")], {}, {"A"}, Moves([], is_exchange=True)),  # B is overbooked
        ([wait(1, "B", "A"), wait(2, "A", "B")], {}, {"B"}, Moves([], is_exchange=True)),  # A is
        ([wait(1, "B", "A"), wait(2, "A", "B", is_movable=False)], {}, {"A", "B"}, Moves([], is_exchange=True)),
        ([wait(1, "B", "A"), wait(2, "A", "C", "B")], {}, {"A", "B", "C"}, Moves([2, 1], is_exchange=True)),
        ([], {"A": 1}, {"B"}, Moves([], is_exchange=True)),
    ],
)
def test_free_seats_go_to_those_who_have_waited_longest_and_full_sessions_exchange(waits, free, full, expected):
    assert next_to_move(waits, free=free, full=full) == expected


def test_moves_are_true_while_somebody_moves():
    assert Moves([1, 2])
    assert not Moves([])
    assert not Moves([], is_exchange=True)


def test_a_hundred_who_fit_are_one_step():
    waits = [Wait(n, "A", ("B",), is_movable=True) for n in range(150)]

    assert next_to_move(waits, free={"A": 100}, full={"B"}) == (list(range(100)), False)


def test_one_long_circle_among_two_thousand_who_wait():
    """Through forty sessions; only the last to wait closes it, with those who have waited longest in each."""
    many = [Exchange(n, n % 40 + 1, n % 40) for n in range(2000) if n % 40 != 39]

    assert first_circle(many) == []
    assert first_circle([*many, Exchange(5000, 0, 39)]) == [5000, *range(38, -1, -1)]


def test_each_session_is_entered_once_however_many_ways_lead_to_it():
    """Two sessions a day for forty days, and everybody would leave each of one day's for each of the next: 2⁴⁰ ways."""
    ways = [(day, here, there) for day in range(40, 0, -1) for here in "AB" for there in "AB"]
    many = [Exchange(n, (day, here), (day + 1, there)) for n, (day, here, there) in enumerate(ways)]

    assert first_circle(many) == []


@pytest.mark.parametrize(
    ("starts", "minutes", "expected"),
    [(["10:00"], 60, "09:00"), (["10:30", "10:00"], 60, "09:00"), (["10:00"], 0, "10:00")],
)
def test_moving_ends_before_the_first_of_the_sessions(starts, minutes, expected):
    at = {it: dt.datetime.fromisoformat(f"2025-11-06T{it}:00+00:00") for it in (*starts, expected)}

    assert moving_ends_at([at[it] for it in starts], dt.timedelta(minutes=minutes)) == at[expected]


@pytest.mark.parametrize(
    ("states", "expected"),
    [({}, ()), ({"a": "held"}, ("a",)), ({"a": "held", "b": "waiting"}, ("b",)), ({"z": "held"}, ())],
)
def test_what_somebody_wants_most_is_what_they_wait_for(states, expected):
    assert chosen("ab", states) == expected
