"""The cells selected on the board, and those that a selection leaves out."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from attendance import wording
from attendance.forms.board_filters import board_for
from attendance.queries.board import Board
from attendance.queries.board_rows import BoardCell
from attendance.queries.sessions import attended_sessions, has_begun
from programme.models import Delegation, Edition, Participant, Session
from udtacademy.http.parameters import whole_number

MOST_CELLS = 2000  # decided about at once
SHOWN = "="  # before the state that the board showed


@dataclass(frozen=True)
class SelectedCell:
    """A selected cell. `state`: what the form says of it: the token of what is recorded, or "=" and what the board showed."""

    participant: Participant
    session: Session
    state: str


@dataclass(frozen=True)
class Selection:
    """The selected cells in the order of the board. `left_out`: sentences about those that are not decided about."""

    cells: list[SelectedCell] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    is_too_large: bool = False


def selection_of(posted: QueryDict, edition: Edition, now: dt.datetime) -> Selection:
    """Return the cells selected in a form that came from a board; its address is in `back`.

    A cell is "12/peer-learning", "12/peer-learning/=missed" with the state that the board showed, or
    "12/peer-learning/7-present" with the token of what is recorded. Left out: cells of another edition, those of sessions that
    have not begun, those that the filters hide now, and those that the board shows otherwise now.
    """
    if len(set(posted.getlist("cell"))) > MOST_CELLS:
        return Selection(is_too_large=True)
    named = {(pk, slug): "/".join(state) for pk, slug, *state in split(posted.getlist("cell"))}
    cells = sorted(
        known(named, edition), key=lambda it: (str(it.participant.delegation), str(it.participant), it.session.slug)
    )
    selection = Selection()
    if cells and len(cells) < len(named):
        selection.left_out.append(_("Cells that do not belong to this edition: %(n)s") % {"n": len(named) - len(cells)})
    board = board_for(edition, QueryDict(posted.get("back", "").partition("?")[2]), now)
    is_fresh = any(it.state.startswith(SHOWN) for it in cells)  # it comes from a board, rather than from the question
    shown = cells_shown(board, cells) if is_fresh else {}
    for cell in cells:
        about = {"who": cell.participant, "session": wording.dated(cell.session)}
        if not has_begun(cell.session, now):
            selection.left_out.append(_("%(who)s, %(session)s: the session has not begun") % about)
        elif not cell.state.startswith(SHOWN):
            selection.cells.append(cell)
        elif (now_shown := shown.get((cell.participant.pk, cell.session.pk))) is None:
            selection.left_out.append(_("%(who)s, %(session)s: hidden by the filters now") % about)
        elif now_shown.state.value != cell.state.removeprefix(SHOWN):
            text = _("%(who)s, %(session)s: has changed since, now %(state)s")
            selection.left_out.append(text % {**about, "state": now_shown.description})
        else:
            selection.cells.append(cell)
    return selection


def split(names: Iterable[str]) -> list[list[str]]:
    return [parts for it in names if len(parts := it.split("/")) > 1]


def known(named: dict[tuple[str, str], str], edition: Edition) -> list[SelectedCell]:
    """Return the named cells that the edition has. Two queries."""
    numbers = {pk: whole_number(pk) for pk, _slug in named}
    people = Participant.objects.with_people().filter(edition=edition).in_bulk(filter(None, numbers.values()))
    sessions = {it.slug: it for it in attended_sessions(edition).select_related("actual_time")}
    for session in sessions.values():
        session.edition = edition
    return [
        SelectedCell(people[number], sessions[slug], state)
        for (pk, slug), state in named.items()
        if (number := numbers[pk]) in people and slug in sessions
    ]


def cells_shown(board: Board, cells: Iterable[SelectedCell]) -> dict[tuple[int, int], BoardCell]:
    """Return what the board shows of people and sessions, by primary keys; nothing of those that its filters hide."""
    people = {it.participant.pk for it in cells}
    groups = board.groups_on([it for it in board.people if it.pk in people])
    columns = [it.pk for it in board.columns]
    return {
        (row.participant.pk, column): cell
        for group in groups
        for row in group.rows
        for column, cell in zip(columns, row.cells, strict=True)
    }


@dataclass(frozen=True)
class PickedCell:
    """A cell with its box in a list."""

    participant: Participant
    session: Session
    cell: BoardCell

    @property
    def value(self) -> str:
        return f"{self.participant.pk}/{self.session.slug}/{SHOWN}{self.cell.state.value}"


@dataclass(frozen=True)
class Picked:
    """What a box of the board selects, by city. `n_left_out`: its cells that are settled, not expected, or of later sessions."""

    groups: list[tuple[Delegation, list[PickedCell]]]
    n_left_out: int


def picked_by(board: Board, given: QueryDict) -> Picked:
    """Return the open cells of one column (`session`), or of one city (`delegation`), on the board's page."""
    session, delegation = given.get("session"), whole_number(given.get("delegation", ""))
    groups = [
        (
            group.delegation,
            [
                PickedCell(row.participant, column, cell)
                for row in group.rows
                for column, cell in zip(board.sessions, row.cells, strict=True)
                if not session or column.slug == session
            ],
        )
        for group in board.groups
        if session or group.delegation.pk == delegation
    ]
    open_cells = [(city, [it for it in cells if it.cell.is_open]) for city, cells in groups]
    n_left_out = sum(not it.cell.is_open for _city, cells in groups for it in cells)
    return Picked([(city, cells) for city, cells in open_cells if cells], n_left_out)
