"""A meeting as people hold them: some come early, some late, some lose their connection, and some are nobody we know."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from attendance.rules.meeting_events import EventKind

STRANGERS = ("iPhone", "Fireflies.ai Notetaker", "Town hall, room 3")
COMES_NOT, COMES_LATE, IS_CUT_OFF, LEAVES_EARLY, WAITS_ALONG = 7, 5, 4, 9, 6  # every so-manieth person


@dataclass(frozen=True)
class Somebody:
    """A person in a simulated meeting. `email`, `own_id`: "" if the platform does not tell."""

    name: str
    email: str = ""
    own_id: str = ""


@dataclass(frozen=True)
class Act:
    """What happens, at a share (0–1) of the meeting's length."""

    share: float
    kind: EventKind
    somebody: Somebody | None = None
    connection: str = ""


def acts_of(people: Sequence[Somebody], seed: int) -> list[Act]:
    """Return what happens in a meeting, in order. The same seed is the same meeting."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    everybody = [*people, *map(Somebody, STRANGERS)]
    acts = [act for number, it in enumerate(everybody) for act in acts_of_one(number, it, chance)]
    return sorted([*acts, Act(1, EventKind.ENDED)], key=lambda it: it.share)


def acts_of_one(number: int, somebody: Somebody, chance: random.Random) -> Iterator[Act]:
    """Yield what one person does. Who is still there at the end leaves with the meeting, and nobody reports that."""
    if number % COMES_NOT == COMES_NOT - 1:
        return
    comes = chance.uniform(0.3, 0.5) if number % COMES_LATE == COMES_LATE - 1 else chance.uniform(0, 0.2)
    waits_until = comes + chance.uniform(0.02, 0.08)
    yield Act(comes, EventKind.WAITING, somebody, f"{number}w")
    if number % WAITS_ALONG == WAITS_ALONG - 1:
        waits_until += 0.2
    yield Act(waits_until, EventKind.STOPPED_WAITING, somebody, f"{number}w")
    yield Act(waits_until, EventKind.JOINED, somebody, f"{number}")
    if number % IS_CUT_OFF == IS_CUT_OFF - 1:
        cut = chance.uniform(waits_until + 0.05, 0.8)
        yield Act(cut, EventKind.LEFT, somebody, f"{number}")
        yield Act(cut + 0.04, EventKind.JOINED, somebody, f"{number}again")
    elif number % LEAVES_EARLY == LEAVES_EARLY - 1:
        yield Act(chance.uniform(0.6, 0.9), EventKind.LEFT, somebody, f"{number}")


def in_disorder(acts: Iterable[Act], seed: int) -> Iterator[Act]:
    """Yield acts as a network delivers them: every tenth twice, and every twentieth late."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    late: list[Act] = []
    for act in acts:
        if act.kind is not EventKind.ENDED and chance.random() < 0.05:  # noqa: PLR2004 - every twentieth
            late.append(act)
            continue
        yield act
        if chance.random() < 0.1:  # noqa: PLR2004 - every tenth
            yield act
    yield from late
