"""Labels for attendance, and the cells of the board."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from attendance import wording
from attendance.meeting_reports.reading import Flag
from attendance.queries.board import Board
from attendance.queries.board_rows import BoardRow
from attendance.rules.attendance import Finding
from attendance.rules.shown_states import ShownState
from attendance.rules.standing import Standing
from programme.models import Session

register = template.Library()


@register.simple_tag
def board_cells(board: Board, row: BoardRow) -> SafeString:
    """Return the cells of one person. Not a template: a board has fifteen thousand cells, most of them equal."""
    start, language = f'<a href="{row.participant.pk}/', get_language()
    cells = (
        (session.slug, *cell_parts(cell.css, cell.state, cell.basis, language))
        for session, cell in zip(board.sessions, row.cells, strict=True)
    )
    return mark_safe("".join(f"{td}{start}{slug}/{rest}" for slug, td, rest in cells))  # noqa: S308 - escaped below; slugs are letters, digits and dashes


@lru_cache(maxsize=10_000)
def cell_parts(css: str, state: ShownState, basis: str, _language: str | None) -> tuple[str, str]:
    """Return the HTML before and after the address of a cell."""
    title, symbol = wording.of_cell(state, basis), wording.SYMBOLS[state]
    return format_html('<td class="{}">', css), format_html('" title="{}">{}</a></td>', title, symbol)


@register.filter
def standing_word(standing: Standing) -> str:
    return str(wording.STANDINGS[standing])


@register.filter
def dated(session: Session) -> str:
    return wording.dated(session)


@register.filter
def finding_text(finding: Finding) -> str:
    return wording.finding_text(finding)


@register.filter
def flag_label(flag: str) -> str:
    return str(wording.FLAGS[Flag(flag)])
