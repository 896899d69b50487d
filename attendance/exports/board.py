"""The board as a spreadsheet: exactly what it shows, all of it text."""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attendance import wording
from attendance.queries.board import Board
from attendance.queries.board_rows import BoardCell, BoardRow
from attendance.rules.shown_states import ShownState
from attendance.rules.turnout import Turnout
from udtacademy.tables import writing

WIDTHS = (24, 24, 32, 12, 12, 30)  # characters, of the columns about the person
WIDTH = 30  # of the others


def rows_of(board: Board) -> Iterator[list[str]]:
    """Yield the headings, a row for each person, and the totals."""
    text_of = cell_texts()
    yield [
        _("City"),
        _("Name"),
        _("Email"),
        _("State"),
        _("Standing"),
        _("Place"),
        *(heading(it) for it in board.sessions),
    ]
    for group in board.read_groups():
        city = str(group.delegation)
        for row in group.rows:
            person = row.participant
            about = [city, str(person), person.user.email, str(person.get_state_display()), row.standing_label]
            yield [*about, place_text(row)] + [text_of(cell) for cell in row.cells]
    yield [
        _("Present / expected (all pages)"),
        "",
        "",
        "",
        "",
        "",
        *(total_text(it.turnout) for it in board.totals),
    ]


def total_text(turnout: Turnout) -> str:
    """Return "12 / 30", or "12 / 30 + 1" with people who were not expected."""
    others = f" + {turnout.n_others}" if turnout.n_others else ""
    return f"{turnout.n_there} / {turnout.n_expected}{others}"


def place_text(row: BoardRow) -> str:
    """Return from whom a person took over their place, and to whom they handed it over, with the days; empty for most."""
    person, zone = row.participant, row.participant.edition.zone
    parts = [
        _("took over from %(name)s on %(day)s") % {"name": it.name, "day": timezone.localtime(it.at, zone).date()}
        for it in row.before
    ]
    if person.handed_over_to:
        day = timezone.localtime(person.state_at, zone).date()
        parts.append(_("handed over to %(name)s on %(day)s") % {"name": person.handed_over_to, "day": day})
    return "; ".join(parts)


def cell_texts() -> Callable[[BoardCell], str]:
    """Return a function for the text of a cell in the language of now. Most cells have the same: it remembers them."""
    language = get_language()

    @lru_cache(maxsize=1000)
    def text(state: ShownState, minutes: int, source: str, arrived: str) -> str:
        return wording.of_cell(state, wording.measured_text(minutes, source, arrived, language))

    without_attendance = cache(lambda state: wording.of_cell(state, ""))

    def text_of(cell: BoardCell) -> str:
        seen = cell.attendance
        if seen is None:
            return without_attendance(cell.state)
        return text(cell.state, seen.minutes, seen.source, wording.arrival(seen))

    return text_of


def heading(session: object) -> str:
    """Return a column's heading: "★ Peer-learning (2025-09-25)"."""
    day = getattr(session, "local_day", None)
    return ("★ " if getattr(session, "is_core", False) else "") + str(session) + (f" ({day})" if day else "")


def as_csv(board: Board) -> Iterator[bytes]:
    return writing.as_csv(rows_of(board))


def as_xlsx(board: Board) -> Iterator[bytes]:
    widths = (*WIDTHS, *(WIDTH for _session in board.sessions))
    return writing.as_xlsx(rows_of(board), title=_("Attendance"), widths=widths, n_fixed=2)
