"""Places that several people have held one after the other: plain values."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class HandOver(NamedTuple):
    """That a person handed their place over: `heir` took it over at `at`. People and cities are primary keys.

    `city`, `heir_city`: where each is now.
    """

    person: int
    heir: int
    at: dt.datetime
    name: str
    city: int
    heir_city: int


def places(hand_overs: Iterable[HandOver]) -> Mapping[int, Sequence[HandOver]]:
    """Return who held the place of each person before them, the last first, by the person who holds it last.

    A person hands over one place at most, so the hand-overs form trees. Of a chain A→B→C, C has both. Somebody moved to another
    city keeps no place of those who stayed: what they have done was for that city.
    """
    by_person = {it.person: it for it in hand_overs}
    held: dict[int, list[HandOver]] = defaultdict(list)
    for first in by_person.values():
        step, seen = first, {first.person}
        while step.heir in by_person and step.city == step.heir_city and step.heir not in seen:
            seen.add(step.heir)
            step = by_person[step.heir]
        if step.heir not in seen and step.heir_city == first.city:
            held[step.heir].append(first)
    return {heir: sorted(before, key=lambda it: it.at, reverse=True) for heir, before in held.items()}
