"""The parts of a board: its cells, its rows, the groups of rows by city, and their totals."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attendance import wording
from attendance.models import Attendance
from attendance.rules import attendance as rules
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import SessionTimes, ShownState
from attendance.rules.standing import Standing
from programme.models import Delegation, Participant, Session

THERE = frozenset({AttendanceStatus.HERE, *rules.WAS_THERE})


class Listed(NamedTuple):
    """The columns of a participant that the board reads for everybody, before a page shows them."""

    pk: int
    delegation: int
    state: str
    state_at: dt.datetime

    @property
    def is_registered(self) -> bool:
        return self.state == Participant.State.REGISTERED

    @property
    def registered_at(self) -> dt.datetime | None:
        return self.state_at if self.is_registered else None


class Column(NamedTuple):
    """A session with what its cells depend on."""

    pk: int
    times: SessionTimes
    takes_seats: bool


def column_of(session: Session) -> Column:
    return Column(session.pk, wording.times_of(session), session.takes_seats)


Situation = tuple[
    str, str, bool, bool
]  # recorded status, its source, whether registered before the end, whether expected


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One person at one session."""

    state: ShownState
    attendance: wording.Measured | None
    is_expected: bool
    is_asked: bool = False  # a request waits for a decision

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def description(self) -> str:
        """Return the cell as text: "present: 85 minutes, meeting report"."""
        return wording.of_cell(self.state, self.basis)

    @property
    def basis(self) -> str:
        return wording.basis(self.attendance) if self.attendance else ""

    @property
    def css(self) -> str:
        """Return the classes of the cell: its state, whether an organiser decided it, whether a request waits."""
        is_decided = self.attendance is not None and self.attendance.source == Attendance.Source.DECISION
        return f"s-{self.state.value}" + (" is-decided" if is_decided else "") + (" is-asked" if self.is_asked else "")


@dataclass(frozen=True)
class Recorded:
    """What is recorded of some people: established attendance, held seats, and requests that wait, by (person, session)."""

    rows: Mapping[tuple[int, int], wording.Established]
    seats: Collection[tuple[int, int]]
    asked: Collection[tuple[int, int]]

    def is_theirs(self, person: int, column: Column) -> bool:
        """Return whether a session is a person's: a parallel one only with their seat, or if attended without one."""
        cell = (person, column.pk)
        return not column.takes_seats or cell in self.seats or cell in self.rows

    def cells_of(
        self, listed: Listed, columns: Sequence[Column], state_of: Callable[[int, Situation], ShownState]
    ) -> list[BoardCell]:
        """Return a person's cells. `state_of`: the state of a situation in a column, given by its number."""
        pk, is_registered, registered_at = listed.pk, listed.is_registered, listed.registered_at
        cells = []
        for number, column in enumerate(columns):
            cell = (pk, column.pk)
            seen = self.rows.get(cell)
            is_expected = is_registered and (not column.takes_seats or cell in self.seats)
            was_registered = column.times.was_registered(registered_at)
            status, source = (seen.status, seen.source) if seen else ("", "")
            state = state_of(number, (status, source, was_registered, is_expected))
            cells.append(BoardCell(state, seen, is_expected, cell in self.asked))
        return cells


@dataclass(frozen=True)
class BoardRow:
    """One person, with their standing and a cell for each session."""

    participant: Participant
    standing: Standing
    cells: Sequence[BoardCell]

    @property
    def standing_label(self) -> str:
        return str(wording.STANDINGS[self.standing])


@dataclass(frozen=True)
class Total:
    """How many people attended, of how many expected; for a column, or a column within a city."""

    n_there: int
    n_expected: int
    has_begun: bool

    def __str__(self) -> str:
        """Return "12/30"; "" if nobody was expected, or the session has not started."""
        return f"{self.n_there}/{self.n_expected}" if self.n_there or (self.has_begun and self.n_expected) else ""


@dataclass(frozen=True)
class CityGroup:
    """A city with its rows, and its totals by column."""

    delegation: Delegation
    rows: Sequence[BoardRow]
    have_begun: Sequence[bool]  # by column

    @property
    def totals(self) -> list[Total]:
        registered = [row for row in self.rows if row.participant.is_registered]
        return [
            total_of([row.cells[number] for row in registered], has_begun=has_begun)
            for number, has_begun in enumerate(self.have_begun)
        ]


def total_of(cells: Sequence[BoardCell], *, has_begun: bool) -> Total:
    """Return the total of cells of registered people. People who attended without a seat were not expected."""
    n_there = sum(cell.state.value in THERE for cell in cells)
    return Total(n_there, sum(cell.is_expected and cell.state is not ShownState.NOT_YET for cell in cells), has_begun)
