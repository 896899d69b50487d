"""The figures of an edition's results, as plain values: what is published, and what a report says beside the year before."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What people answered to a question with a scale over all sessions: the mean, and how many answers there are."""

    key: str
    label: str
    mean: float
    n: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the Action Plans, and how many cities have submitted it."""

    slug: str
    title: str
    n_submitted: int


@dataclass(frozen=True, kw_only=True)
class Results:
    """What an edition was.

    `cities`: those of whom somebody was there, as name and country, by name. `n_people`: who was at a session, wholly or partly.
    `minutes`: of the sessions that were held; `attended_minutes`: of all who were there together. `core_places`: how often somebody
    was expected at a core session, and `core_there` how often they came.
    """

    cities: Sequence[tuple[str, str]] = ()
    n_people: int = 0
    n_sessions: int = 0
    minutes: int = 0
    attended_minutes: int = 0
    core_places: int = 0
    core_there: int = 0
    scales: Sequence[Scale] = ()
    steps: Sequence[Step] = ()
    n_plans: int = 0
    n_final: int = 0
    n_completed: int = 0
    n_certificates: int = 0

    @property
    def is_empty(self) -> bool:
        """Return whether nobody was at any session, so that a page of them would say zeros."""
        return not self.n_people

    @property
    def countries(self) -> list[str]:
        return sorted({country for _name, country in self.cities})

    @property
    def hours(self) -> float:
        return in_hours(self.minutes)

    @property
    def attended_hours(self) -> float:
        return in_hours(self.attended_minutes)

    @property
    def core_share(self) -> int | None:
        """Return how many of those expected at core sessions came, in per cent, half up; None without any."""
        return percent(self.core_there, self.core_places)

    def scale(self, key: str) -> Scale | None:
        return next((it for it in self.scales if it.key == key), None)

    def step(self, slug: str) -> Step | None:
        return next((it for it in self.steps if it.slug == slug), None)

    @property
    def token(self) -> str:
        """Return a hash of all figures, which differs if one does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def results_in(row: dict[str, Any]) -> Results:
    """Return what `as_row` made, also once it was JSON."""
    return Results(
        **row
        | {
            "cities": [(name, country) for name, country in row["cities"]],
            "scales": [Scale(**it) for it in row["scales"]],
            "steps": [Step(**it) for it in row["steps"]],
        }
    )


def in_hours(minutes: int) -> float:
    """Return minutes as hours to one decimal, half up."""
    return (minutes * 10 + 30) // 60 / 10


def percent(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None
