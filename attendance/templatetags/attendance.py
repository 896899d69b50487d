"""What pages of the programme show about attendance, and the cells of the board."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from attendance import access
from attendance import wording as words
from attendance.meeting_reports.reading import Flag
from attendance.models import Attendance, Excuse
from attendance.queries import own_attendance as own
from attendance.queries import standing
from attendance.queries.board import Board, Row
from attendance.queries.session_windows import can_be_joined
from attendance.rules.attendance import SETTLES, Finding, State
from attendance.rules.standing import Standing
from programme.models import Edition, Notice, Session
from programme.queries.participant_programme import OwnProgramme

register = template.Library()


@register.simple_tag
def board_cells(board: Board, row: Row) -> SafeString:
    """The cells of one person. Made here rather than in a template: a board has fifteen thousand, most of them alike."""
    start, language = f'<a href="{row.participant.pk}/', get_language()
    cells = (
        (it.slug, *cell_parts(cell.css, cell.state, cell.basis, language))
        for it, cell in zip(board.sessions, row.cells, strict=True)
    )
    return mark_safe("".join(f"{td}{start}{slug}/{rest}" for slug, td, rest in cells))  # noqa: S308 - escaped below; slugs are letters, digits and dashes


@lru_cache(maxsize=10_000)
def cell_parts(css: str, state: State, basis: str, _language: str | None) -> tuple[str, str]:
    """What is before and after the address of a cell."""
    title, symbol = words.of_cell(state, basis), words.SYMBOLS[state]
    return format_html('<td class="{}">', css), format_html('" title="{}">{}</a></td>', title, symbol)


@register.filter
def standing_word(standing: Standing) -> str:
    return str(words.STANDINGS[standing])


@register.filter
def finding_words(finding: Finding) -> str:
    return words.found(finding)


@register.filter
def flag_word(flag: str) -> str:
    return str(words.FLAGS[Flag(flag)])


@register.simple_tag
def can_join(session: Session) -> bool:
    """Whether whoever it is for can join it now."""
    return can_be_joined(session, timezone.now())


@register.inclusion_tag("attendance/_core_progress.html")
def core_progress(programme: OwnProgramme) -> dict[str, Any]:
    """ "Core sessions: 1 of 2 attended", each with its state. One query."""
    now, participant = timezone.now(), programme.participant
    core = [it for it in programme.sessions if it.is_core and not it.is_cancelled]
    sessions = own.own_sessions(replace(programme, sessions=core), now)
    done = [it for it in sessions if it.status in SETTLES]
    reasoned = own.own_standing(sessions, now)
    return {
        "participant": participant,
        "edition": participant.edition,
        "sessions": sessions,
        "n_done": len(done),
        "standing": reasoned.standing,
        "standing_words": standing.in_words(reasoned, now),
        "is_in_trouble": reasoned.standing in {Standing.NOT_MET, Standing.AT_RISK},
    }


@register.inclusion_tag("attendance/_edition_glance.html", takes_context=True)
def attendance_glance(context: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """For the organisers' first page: how the cities stand, requests that wait, the session that is on."""
    user, now = context["request"].user, timezone.now()
    if not user.has_perm(access.SEE):
        return {"edition": None, "can_check_in": user.has_perm(access.CHECK_IN), "door_edition": edition}
    cities = standing.cities_of(edition, now)
    counts = [(it.value, words.STANDINGS[it], sum(city.standing is it for city in cities)) for it in Standing]
    return {
        "edition": edition,
        "n_cities": len(cities),
        "counts": [(value, word, n) for value, word, n in counts if n],
        "n_undecided": Attendance.objects.filter(edition=edition).undecided(now).count(),
        "n_asked": Excuse.objects.asked().filter(edition=edition).count(),
        "running": access.attended_sessions(edition)
        .to_come(now)
        .filter(starts_at__lte=now + edition.join_opens_before),
        "can_check_in": user.has_perm(access.CHECK_IN),
        "can_report": user.has_perm(access.REPORT),
        "sees_mails": user.has_perm(access.SEE_REMINDERS) and user.has_perm("programme.view_message"),
        "changes_due_at": Notice.objects.open().filter(edition=edition).values_list("due_at", flat=True).first(),
        "door_edition": edition,
    }
