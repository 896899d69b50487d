"""Who gets a seat next, and who can change seats with whom: plain values, no ORM, no clock."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)


class Exchange(NamedTuple, Generic[S]):
    """Somebody who waits for a place in `wanted` and would leave `given` for it. Smaller numbers have waited longer."""

    number: int
    wanted: S
    given: S


class Wait(NamedTuple, Generic[S]):
    """Somebody who waits for a seat in `wanted`; `gives` are the sessions whose seats they give up for it.

    Smaller numbers have waited longer. `is_movable`: they need not be asked first.
    """

    number: int
    wanted: S
    gives: tuple[S, ...]
    is_movable: bool


def moving_ends_at(starts: Iterable[dt.datetime], before: dt.timedelta) -> dt.datetime:
    """From when on nobody is moved unasked between sessions that start then: `before` the first of them."""
    return min(starts) - before


def next_to_move(waits: Iterable[Wait[S]], *, free: Collection[S], full: Collection[S]) -> list[int]:
    """Return the numbers of those who get a seat next, all at once: one person for a free place, else a circle, else none.

    `free` are the sessions with a free place, `full` those in which as many people sit as there are places: whoever
    leaves another one, which has more people, leaves no place to anybody.
    """
    movable = sorted(it for it in waits if it.is_movable)
    for wait in movable:
        if wait.wanted in free:
            return [wait.number]
    return first_circle(
        Exchange(wait.number, wait.wanted, given)
        for wait in movable
        if wait.wanted in full
        for given in wait.gives
        if given in full
    )


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
