"""Action Plans: states of their parts, when these are due, and who reads whom. Plain values (decision 68)."""

import datetime as dt
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from programme.rules.local_times import shift_by_days

MOST_STEPS = 10  # of an edition
EARLIEST_DUE = 120  # days before a session
LONGEST_PART = 20_000  # characters of a part, about eight pages; forms of people who were signed out keep as much
MOST_LINES = 1000  # of a part: comparing two texts takes the square
MOST_PEERS = 3  # cities to which a city gives feedback, and from which it gets some
HIGHEST_RATING = 4
COORDINATORS_FROM = dt.timedelta(days=21)  # before a part is due, coordinators have it to do
TEAM_FROM = dt.timedelta(days=7)  # and everybody else


class PartState(enum.StrEnum):
    """How far a city has come with a part of its plan."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    FEEDBACK = "feedback"
    FINAL = "final"


UNSENT = frozenset({PartState.NOT_STARTED, PartState.DRAFT})
BY_ORGANISERS = {  # to which states organisers move a part, from which
    PartState.FEEDBACK: frozenset({PartState.SUBMITTED, PartState.FINAL}),
    PartState.FINAL: frozenset({PartState.SUBMITTED, PartState.FEEDBACK}),
}


@dataclass(frozen=True)
class SessionTime:
    """When a session is held: from an instant, or on a day whose hour is not known; None if neither is known."""

    starts_at: dt.datetime | None
    held_on: dt.date | None


def due_at(time: SessionTime | None, days_before: int, zone: ZoneInfo) -> dt.datetime | None:
    """Return until when a part is to be submitted: the start of its session, or of the session's day, so many local days before."""
    if time is None:
        return None
    if time.starts_at is not None:
        return shift_by_days(time.starts_at, -days_before, zone)
    if time.held_on is not None:
        return dt.datetime.combine(time.held_on - dt.timedelta(days=days_before), dt.time(), zone).astimezone(dt.UTC)
    return None


def is_late(state: PartState, due: dt.datetime | None, now: dt.datetime) -> bool:
    return state in UNSENT and due is not None and due <= now


def is_due_soon(state: PartState, due: dt.datetime | None, now: dt.datetime) -> bool:
    """Return whether a part is to be submitted within the time from which coordinators have it to do."""
    return state in UNSENT and due is not None and now < due <= now + COORDINATORS_FROM


def has_to_do(state: PartState, due: dt.datetime | None, now: dt.datetime, *, is_coordinator: bool) -> bool:
    """Return whether somebody has a part to do: coordinators first, their colleagues when time is short or over."""
    before = COORDINATORS_FROM if is_coordinator else TEAM_FROM
    return state in UNSENT and due is not None and due <= now + before


def pairs_of(cities: Sequence[int], n: int) -> list[tuple[int, int]]:
    """Return who gives feedback to whom, as (giver, receiver): each gives and gets n, nobody their own, nobody twice.

    In a circle: each city to the n after it. Raises ValueError unless there are more than n cities.
    """
    if not 1 <= n < len(cities):
        raise ValueError(n)
    return [
        (city, cities[(place + step) % len(cities)]) for place, city in enumerate(cities) for step in range(1, n + 1)
    ]


def may_pair(giver: int, receiver: int, pairs: Collection[tuple[int, int]]) -> bool:
    """Return whether a city may choose another one to give feedback to: not itself, not twice, and neither has MOST_PEERS."""
    n_given, n_got = sum(it[0] == giver for it in pairs), sum(it[1] == receiver for it in pairs)
    return giver != receiver and (giver, receiver) not in pairs and max(n_given, n_got) < MOST_PEERS
