"""Who gets a seat next, and who can exchange seats: pure functions."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

EARLIEST_END_OF_MOVES = 7 * 24 * 60  # minutes before a session

S = TypeVar("S", bound=Hashable)
K = TypeVar("K", bound=Hashable)


class Exchange(NamedTuple, Generic[S]):
    """Somebody who waits for `wanted` and would leave `given` for it. Smaller numbers have waited longer."""

    number: int
    wanted: S
    given: S


class Wait(NamedTuple, Generic[S]):
    """Somebody who waits for a seat in `wanted`; `gives`: the sessions whose seats they give up for it.

    Smaller numbers have waited longer. `is_movable`: they can be moved without asking. `is_alone`: they wait for nothing
    else that overlaps with `wanted` or `gives`.
    """

    number: int
    wanted: S
    gives: tuple[S, ...]
    is_movable: bool
    is_alone: bool = True


class Moves(NamedTuple):
    """The numbers of those who get a seat next: each a free one, or all in one circle (`is_exchange`)."""

    numbers: list[int]
    is_exchange: bool = False

    def __bool__(self) -> bool:
        return bool(self.numbers)


def moving_ends_at(starts: Iterable[dt.datetime], before: dt.timedelta) -> dt.datetime:
    """Return from when on nobody is moved without asking between sessions with these starts: `before` the first."""
    return min(starts) - before


def next_to_move(waits: Iterable[Wait[S]], *, free: Mapping[S, int | None], full: Collection[S]) -> Moves:
    """Return who gets a seat next: everybody for whom seats are free, otherwise a circle, otherwise nobody.

    `free`: sessions with free seats and how many (None: no limit). `full`: sessions with exactly as many people as their
    capacity; leaving an overbooked one frees no seat. The result equals moving people one by one: somebody who waits for
    several sessions that depend on each other moves alone.
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
    """Return the numbers of those who get free seats, up to the first whose move affects what else they wait for."""
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
    """Return the numbers of those who can exchange seats in a circle: each gets the seat that the one before leaves.

    Empty if there is none. Of several circles it is the one that would have closed first: its newest member has waited
    longest. The seat this member leaves goes to the one who has waited longest for it among those who continue the circle, and
    so on. Each session is entered once.
    """
    waiting_for: dict[S, list[Exchange[S]]] = defaultdict(list)
    known: set[tuple[S, S]] = set()
    for exchange in sorted(exchanges):
        if (exchange.wanted, exchange.given) in known:
            continue  # somebody has waited longer for the same exchange
        if others := chain(waiting_for, exchange.given, exchange.wanted, {exchange.given}):
            return [exchange.number, *(it.number for it in others)]
        known.add((exchange.wanted, exchange.given))
        waiting_for[exchange.wanted].append(exchange)
    return []


def chain(waiting_for: dict[S, list[Exchange[S]]], free: S, target: S, visited: set[S]) -> list[Exchange[S]]:
    """Return who moves, one after the other, from a seat freed in `free` until one in `target` is left.

    `waiting_for`: by session, those who wait for it. Empty if there is no such chain. `visited`: sessions searched; grows.
    """
    for exchange in waiting_for.get(free, ()):
        if exchange.given == target:
            return [exchange]
        if exchange.given not in visited:
            visited.add(exchange.given)
            if others := chain(waiting_for, exchange.given, target, visited):
                return [exchange, *others]
    return []


def chosen(sessions: Iterable[K], states: Mapping[K, str]) -> tuple[K, ...]:
    """Return the session somebody has chosen: the one they wait for, otherwise the one they hold a seat in; or none.

    `states`: "held" or "waiting" by session.
    """
    sessions = list(sessions)
    for state in ("waiting", "held"):
        for session in sessions:
            if states.get(session) == state:
                return (session,)
    return ()
