"""The parts of a board: its cells, its rows, the groups of rows by city, and their totals."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from attendance import wording
from attendance.models import Attendance
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.places import record_of_place
from attendance.rules.shown_states import UNSETTLED, SessionTimes, ShownState
from attendance.rules.standing import Case, Standing
from attendance.rules.standing import standing as standing_of
from attendance.rules.turnout import Group, Turnout, turnout
from programme.models import Delegation, Participant, Session
from programme.rules.places import HandOver


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
    starts_at: dt.datetime | None  # as planned

    def has_begun(self, now: dt.datetime) -> bool:
        return self.starts_at is not None and self.starts_at <= now


def column_of(session: Session) -> Column:
    return Column(session.pk, wording.times_of(session), session.takes_seats, session.starts_at)


Situation = tuple[
    str, str, bool, bool
]  # recorded status, its source, whether registered before the end, whether expected


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One person at one session. `is_expected`: as a turnout counts them."""

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
    def is_open(self) -> bool:
        """Return whether the cell can be decided together with others: a person expected, a session that has begun, nothing settled."""
        return self.is_expected and self.state in UNSETTLED

    @property
    def css(self) -> str:
        """Return the classes of the cell: its state, whether an organiser decided it, whether a request waits, whether it is open."""
        is_decided = self.attendance is not None and self.attendance.source == Attendance.Source.DECISION
        flags = {"is-decided": is_decided, "is-asked": self.is_asked, "is-open": self.is_open}
        return " ".join([f"s-{self.state.value}", *(name for name, is_on in flags.items() if is_on)])


@dataclass(frozen=True)
class Recorded:
    """What is recorded of some people: established attendance, held seats, and requests that wait, by (person, session).

    `places`: who held a person's place before them.
    """

    rows: Mapping[tuple[int, int], wording.Established]
    seats: Collection[tuple[int, int]]
    asked: Collection[tuple[int, int]]
    places: Mapping[int, Sequence[HandOver]]

    def before(self, listed: Listed) -> Sequence[HandOver]:
        """Return who held the place of somebody registered before them, the last first."""
        return self.places.get(listed.pk, ()) if listed.is_registered else ()

    def of_place(self, listed: Listed, column: Column) -> wording.Established | None:
        """Return what counts of a session for a person's place: their own record, or that of somebody who held it before."""
        rows = ((self.rows.get((it.person, column.pk)), it.at) for it in self.before(listed))
        before = [(row, left_at) for row, left_at in rows if row]
        return record_of_place(self.rows.get((listed.pk, column.pk)), before, column.times.ends_at)

    def is_theirs(self, listed: Listed, column: Column) -> bool:
        """Return whether a session is a person's: a parallel one only with their seat, or if attended without one."""
        has_seat = not column.takes_seats or (listed.pk, column.pk) in self.seats
        return has_seat or self.of_place(listed, column) is not None

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
            cells.append(BoardCell(state, seen, is_expected and was_registered, cell in self.asked))
        return cells


@dataclass(frozen=True)
class BoardRow:
    """One person, with their standing and a cell for each session."""

    participant: Participant
    cases: Sequence[Case]  # of their core sessions
    cells: Sequence[BoardCell]
    before: Sequence[HandOver] = ()  # who held their place, the last first

    @property
    def is_of_shared_place(self) -> bool:
        """Return whether somebody held the place before, or has taken it over."""
        return bool(self.before or self.participant.handed_over_to_id)

    @property
    def standing(self) -> Standing:
        return standing_of(self.cases)

    @property
    def n_settled(self) -> int:
        """Return how many of their core sessions are attended, excused or made up."""
        return sum(case is Case.SETTLED for case in self.cases)

    @property
    def core_label(self) -> str:
        """Return "1/2 core"; "" without core sessions."""
        text = _("%(done)s/%(all)s core") % {"done": self.n_settled, "all": len(self.cases)}
        return text if self.cases else ""

    @property
    def standing_label(self) -> str:
        return str(wording.STANDINGS[self.standing])


@dataclass(frozen=True)
class Total:
    """The turnout of a column, or of a column within a city."""

    turnout: Turnout
    has_begun: bool

    def __str__(self) -> str:
        """Return "12/30", or "12/30 +1" with people who were not expected; "" if nobody was, or nothing has started."""
        it = self.turnout
        if not (it.n_there or it.n_others or (self.has_begun and it.n_expected)):
            return ""
        return f"{it.n_there}/{it.n_expected}" + (f" +{it.n_others}" if it.n_others else "")


@dataclass(frozen=True)
class CityGroup:
    """A city with its rows, and its totals by column."""

    delegation: Delegation
    rows: Sequence[BoardRow]
    columns: Sequence[Column]
    now: dt.datetime

    @property
    def totals(self) -> list[Total]:
        return [self.total_of(number, column) for number, column in enumerate(self.columns)]

    def total_of(self, number: int, column: Column) -> Total:
        """Return the total of a column, given with its number."""
        cells = [row.cells[number] for row in self.rows]
        groups: list[Group] = [
            (AttendanceStatus(cell.attendance.status), cell.is_expected, 1) for cell in cells if cell.attendance
        ]
        n_expected, has_ended = sum(cell.is_expected for cell in cells), column.times.has_ended(self.now)
        return Total(turnout(groups, n_expected=n_expected, has_ended=has_ended), column.has_begun(self.now))
