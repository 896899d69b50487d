"""How many of the people expected at a session came: plain values. Reasons: docs/decisions/0044."""

from collections.abc import Iterable
from dataclasses import dataclass

from attendance.rules.attendance import UNDECIDED, WAS_THERE, AttendanceStatus

EXCUSED = frozenset({AttendanceStatus.EXCUSED, AttendanceStatus.MADE_UP})

Group = tuple[AttendanceStatus, bool, int]  # recorded status; whether these people were expected; how many they are


@dataclass(frozen=True, kw_only=True)
class Turnout:
    """How many were expected at a session, and of those how many came, are excused, or wait for a decision.

    Expected: registered now, and before the session's end; at a parallel session with a seat. `n_others`: there without
    being expected.
    """

    n_expected: int
    n_there: int = 0
    n_excused: int = 0
    n_undecided: int = 0
    n_others: int = 0

    @property
    def n_missing(self) -> int:
        """Return how many of those expected were not there: nothing is established about them, or that they were absent."""
        return self.n_expected - self.n_there - self.n_excused - self.n_undecided


def there(*, has_ended: bool) -> frozenset[AttendanceStatus]:
    """Return the statuses that mean somebody is there. Until the session's end, being seen is enough."""
    return WAS_THERE if has_ended else WAS_THERE | UNDECIDED


def turnout(groups: Iterable[Group], *, n_expected: int, has_ended: bool) -> Turnout:
    """Return the turnout of a session from groups of people about whom something is established."""
    is_there = there(has_ended=has_ended)
    n = {"n_there": 0, "n_excused": 0, "n_undecided": 0, "n_others": 0}
    for status, is_expected, n_people in groups:
        if status in is_there:
            n["n_there" if is_expected else "n_others"] += n_people
        elif is_expected and status in UNDECIDED:
            n["n_undecided"] += n_people
        elif is_expected and status in EXCUSED:
            n["n_excused"] += n_people
    return Turnout(n_expected=n_expected, **n)
