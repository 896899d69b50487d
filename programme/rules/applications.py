"""Applications of cities: what can be done with one, the mean of its scores, and the ranking. Plain values (decision 57)."""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

HIGHEST = 5  # points for a criterion, from 0
HIGHEST_WEIGHT = 100
MOST_CRITERIA = 12
LONGEST_KEPT = 3650  # days
UNDO_FOR = dt.timedelta(minutes=15)  # before the email about a decision leaves
HUNDREDTH = Decimal("0.01")

K = TypeVar("K")


class State(enum.StrEnum):
    """How far an application is."""

    SUBMITTED = "submitted"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class WayIn(enum.StrEnum):
    """How the contact person of an accepted application comes to register. COORDINATOR: they are it already; COLLEAGUE: the city has another;
    ELSEWHERE: they take part for another city, and nobody can for two.
    """

    NONE = ""
    INVITED = "invited"
    LATER = "later"
    COORDINATOR = "coordinator"
    COLLEAGUE = "colleague"
    ELSEWHERE = "elsewhere"


OUTCOMES = (State.ACCEPTED, State.WAITING, State.DECLINED)
CHANGEABLE = frozenset({State.SUBMITTED, State.WITHDRAWN})  # by the applicant, while applications are open
WITHDRAWABLE = frozenset({State.SUBMITTED, State.WAITING})
ENDED = frozenset({State.DECLINED, State.WITHDRAWN})


@dataclass(frozen=True)
class Points:
    """What one organiser gave for one criterion: 0 to HIGHEST."""

    scorer: int
    criterion: int
    points: int


def mean_of(scores: Iterable[Points], weights: Mapping[int, int]) -> Decimal | None:
    """Return the mean of an application's scores, weighted by criterion, to hundredths; None without scores that count.

    Somebody scores all criteria at once, so it is the mean of the scorers' means. Where one has left out a criterion that was
    added later, theirs counts less.
    """
    weighed = [(weights[it.criterion], it.points) for it in scores]
    total = sum(weight for weight, _points in weighed)
    if not total:
        return None
    mean = Decimal(sum(weight * points for weight, points in weighed)) / total
    return mean.quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Rank:
    """A place in the ranking. `is_shared`: others have the same mean."""

    place: int
    is_shared: bool


def ranks_of(means: Mapping[K, Decimal]) -> dict[K, Rank]:
    """Return the place of each, the highest mean first. Those with the same mean share a place, and the next ones are left out."""
    values = list(means.values())
    return {key: Rank(1 + sum(it > mean for it in values), values.count(mean) > 1) for key, mean in means.items()}


def is_due_for_deletion(state: str, *, ended_on: dt.date, last_on: dt.date, kept_days: int, today: dt.date) -> bool:
    """Return whether what is personal in an application is to be deleted: never of one that was accepted.

    `ended_on`: since when it has its state. `last_on`: of the edition, which applications without a decision wait for.
    """
    if state == State.ACCEPTED:
        return False
    since = ended_on if state in ENDED else max(ended_on, last_on)
    return today > since + dt.timedelta(days=kept_days)
