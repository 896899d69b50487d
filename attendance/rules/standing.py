"""Whether a person or a city can still complete the core sessions: plain values. Reasons: docs/decisions/0011."""

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attendance.rules.attendance import REPRESENTS, SETTLES, UNDECIDED, AttendanceStatus

K = TypeVar("K")


class Case(enum.StrEnum):
    """The state of one core session for a person or a city, the worst first."""

    LOST = "lost"  # missed, and can no longer be made up
    NEVER_MADE_UP = "never_made_up"  # held before they registered, and can no longer be made up
    MISSED = "missed"  # can still be made up
    TO_MAKE_UP = "to_make_up"  # held before they registered; can still be made up
    OPEN = "open"  # partly present, or only a click: an organiser has to decide
    AHEAD = "ahead"
    SETTLED = "settled"


class Standing(enum.StrEnum):
    """Whether the core sessions can still be completed, the worst first. EMPTY: a city without registered people."""

    NOT_MET = "not_met"
    AT_RISK = "at_risk"
    EMPTY = "empty"
    ON_TRACK = "on_track"
    MET = "met"


CASES = {
    **dict.fromkeys(SETTLES, Case.SETTLED),
    **dict.fromkeys(UNDECIDED, Case.OPEN),
    AttendanceStatus.ABSENT: Case.LOST,
    AttendanceStatus.HERE: Case.AHEAD,
}  # cases that do not depend on the time


def case(status: AttendanceStatus, *, is_over: bool, is_last_call: bool) -> Case:
    """Return the case of a core session for one person. `status`: `as_of` now.

    `is_last_call`: the edition is over, so nothing can be made up any longer.
    """
    if status in CASES:
        return CASES[status]
    if status is AttendanceStatus.NOT_YET:
        return Case.NEVER_MADE_UP if is_last_call else Case.TO_MAKE_UP
    if is_last_call:
        return Case.LOST
    return Case.MISSED if is_over else Case.AHEAD


BEST_FIRST = (Case.OPEN, Case.AHEAD, Case.MISSED, Case.TO_MAKE_UP, Case.LOST, Case.NEVER_MADE_UP)  # for a city


def case_of_city(statuses: Sequence[AttendanceStatus], *, is_over: bool, is_last_call: bool) -> Case:
    """Return the case of a core session for a city that one person has to represent. `statuses`: of its people.

    An excuse represents nobody: it settles the session only if all are excused. A missed session is lost only if it is
    lost for all. `queries.standing_aggregates` asks the database the same for many cities.
    """
    if any(status in REPRESENTS for status in statuses):
        return Case.SETTLED
    if statuses and all(status is AttendanceStatus.EXCUSED for status in statuses):
        return Case.SETTLED
    cases = [
        case(status, is_over=is_over, is_last_call=is_last_call)
        for status in statuses
        if status is not AttendanceStatus.EXCUSED
    ]
    for candidate in BEST_FIRST:
        if candidate in cases:
            return candidate
    if is_last_call:
        return Case.LOST
    return Case.MISSED if is_over else Case.AHEAD


def standing(cases: Iterable[Case]) -> Standing:
    """Return the standing that follows from the cases of the core sessions."""
    distinct = set(cases)
    if distinct & {Case.LOST, Case.NEVER_MADE_UP}:
        return Standing.NOT_MET
    if distinct & {Case.MISSED, Case.TO_MAKE_UP, Case.OPEN}:
        return Standing.AT_RISK
    return Standing.ON_TRACK if Case.AHEAD in distinct else Standing.MET


def standing_of_city(cases: Collection[Case], *, has_people: bool) -> Standing:
    """Return a city's standing; EMPTY without registered people, unless those who withdrew have completed everything."""
    result = standing(cases)
    return result if has_people or (cases and result is Standing.MET) else Standing.EMPTY


@dataclass(frozen=True)
class Reasoned(Generic[K]):
    """A standing, and the case of each core session."""

    standing: Standing
    cases: Sequence[tuple[K, Case]]

    def of(self, *wanted: Case) -> list[K]:
        """Return the sessions in one of these cases."""
        return [key for key, case in self.cases if case in wanted]


def reasoned(cases: Sequence[tuple[K, Case]]) -> Reasoned[K]:
    """Return the standing with the cases it follows from."""
    return Reasoned(standing(case for _key, case in cases), cases)
