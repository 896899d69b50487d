"""Who gets a seat next, and who can change seats with whom: plain values, no ORM, no clock."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

EARLIEST_END_OF_MOVES = 7 * 24 * 60  # minutes before a session

S = TypeVar("S", bound=Hashable)
K = TypeVar("K", bound=Hashable)


class Exchange(NamedTuple, Generic[S]):
    """Somebody who waits for a place in `wanted` and would leave `given` for it. Smaller numbers have waited longer."""

    number: int
    wanted: S
    given: S


class Wait(NamedTuple, Generic[S]):
    """Somebody who waits for a seat in `wanted`; `gives` are the sessions whose seats they give up for it.

    Smaller numbers have waited longer. `is_movable`: they need not be asked first. `is_alone`: they wait for nothing else
    that this changes something for, being at the same time as it or as what they give up for it.
    """

    number: int
    wanted: S
    gives: tuple[S, ...]
    is_movable: bool
    is_alone: bool = True


class Moves(NamedTuple):
    """The numbers of those who get a seat at once: each for a free place, or all in a circle (`is_exchange`)."""

    numbers: list[int]
    is_exchange: bool = False

    def __bool__(self) -> bool:
        return bool(self.numbers)


def moving_ends_at(starts: Iterable[dt.datetime], before: dt.timedelta) -> dt.datetime:
    """From when on nobody is moved unasked between sessions that start then: `before` the first of them."""
    return min(starts) - before


def next_to_move(waits: Iterable[Wait[S]], *, free: Mapping[S, int | None], full: Collection[S]) -> Moves:
    """Return who gets a seat next, all at once: those for whom places are free, else a circle, else nobody.

    `free` are the sessions with free places, each with how many (None: no limit), `full` those in which as many people sit
    as there are places: whoever leaves another one, which has more people, leaves no place to anybody. What comes of it is
    the same as moving one after the other: whoever waits for several things that depend on each other moves alone.
    """
    movable = sorted(it for it in waits if it.is_movable)
    if numbers := into_free_seats(movable, free):
        return Moves(numbers)
    circle = first_circle(
        Exchange(wait.number, wait.wanted, given)
        for wait in movable
        if wait.wanted in full
        for given in wait.gives
        if given in full
    )
    return Moves(circle, is_exchange=True)


def into_free_seats(movable: Iterable[Wait[S]], free: Mapping[S, int | None]) -> list[int]:
    """Return the numbers of those who fit into the free places, up to the first whose move changes what else they wait for."""
    moved: list[int] = []
    n_taken: dict[S, int] = defaultdict(int)
    for wait in movable:
        n_free = free.get(wait.wanted, 0)
        if n_free is not None and n_taken[wait.wanted] >= n_free:
            continue
        if not wait.is_alone:
            return moved or [wait.number]
        n_taken[wait.wanted] += 1
        moved.append(wait.number)
    return moved


def first_circle(exchanges: Iterable[Exchange[S]]) -> list[int]:
    """Return the numbers of those who can change seats in a circle: each gets the place that the one before leaves.

    Empty when there is no circle. Of several it is the one that would have closed first, had each been settled as people
    came to wait: its newest member has waited longest. The place that this member leaves goes to whoever has waited
    longest for it among those whose own place leads on into the circle, and so on around. Each session is entered once.
    """
    lines: dict[S, list[Exchange[S]]] = defaultdict(list)
    known: set[tuple[S, S]] = set()
    for exchange in sorted(exchanges):
        if (exchange.wanted, exchange.given) in known:
            continue  # somebody who has waited longer offers the same
        if others := way(lines, exchange.given, exchange.wanted, {exchange.given}):
            return [exchange.number, *(it.number for it in others)]
        known.add((exchange.wanted, exchange.given))
        lines[exchange.wanted].append(exchange)
    return []


def way(lines: dict[S, list[Exchange[S]]], free: S, target: S, visited: set[S]) -> list[Exchange[S]]:
    """Return who moves up, one after the other, when a place in `free` is given away, until one in `target` is left.

    Empty when that leads nowhere. `visited` are the sessions whose lines need no second look; it grows.
    """
    for exchange in lines.get(free, ()):
        if exchange.given == target:
            return [exchange]
        if exchange.given not in visited:
            visited.add(exchange.given)
            if others := way(lines, exchange.given, target, visited):
                return [exchange, *others]
    return []


def chosen(sessions: Iterable[K], states: Mapping[K, str]) -> tuple[K, ...]:
    """The one of the sessions that somebody wants most: the one they wait for, else that of their seat; or none.

    `states` maps each session they have something in to "held" or "waiting".
    """
    sessions = list(sessions)
    for state in ("waiting", "held"):
        for session in sessions:
            if states.get(session) == state:
                return (session,)
    return ()
