"""The organisers' board, its spreadsheets, decisions about many cells at once, and recent changes."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access, wording
from attendance.actions.decisions import ChangedMeanwhileError, Recorded, decide, recorded_in, undo
from attendance.exports.board import as_csv, as_xlsx
from attendance.forms.decisions import DecisionForm
from attendance.models import Attendance
from attendance.queries import changes
from attendance.queries.board import Board, Filters
from attendance.queries.sessions import attended_sessions
from attendance.rules.standing import Standing
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from udtacademy.accounts.requests import signed_in
from udtacademy.http.parameters import parse_moment, whole_number
from udtacademy.http.rate_limits import one_per_process
from udtacademy.http.spreadsheets import spreadsheet

View = Callable[..., HttpResponseBase]
UNDO_FOR = dt.timedelta(minutes=30)
MOST_CELLS = 2000  # decided about at once
MOST_CHANGES = 20  # listed if cells have changed since
MOST_NUMBER = 10**9  # beyond our primary keys; a larger filter is ignored
WRITERS = {"csv": as_csv, "xlsx": as_xlsx}


@never_cache
@require_safe
@one_per_process
def board(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the board."""
    edition = staff_edition(request.user, edition_slug, access.SEE)
    shown = board_of(request, edition)
    context = page_context(request, _("Attendance in %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "board": shown,
        "filters": shown.filters,
        "cities": edition.delegations.select_related("city").order_by("city__name"),
        "tracks": edition.tracks.order_by("position"),
        "standings": [(it.value, wording.STANDINGS[it]) for it in Standing if it is not Standing.EMPTY],
        "n_undecided": Attendance.objects.filter(edition=edition).undecided(timezone.now()).count(),
        "can_decide": request.user.has_perm(access.DECIDE),
        "query": query_of(request),
        "undo": to_undo(request, edition),
        "symbols": [
            (state.value, wording.SYMBOLS[state], label)
            for state, label in wording.STATES.items()
            if wording.SYMBOLS[state].strip()
        ],
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/board.html", context)


@never_cache
@require_safe
@one_per_process
def board_export(request: HttpRequest, edition_slug: str, extension: str) -> StreamingHttpResponse:
    """Return what the board shows with the same filters, as a spreadsheet; with `page=all` all its pages."""
    edition = staff_edition(request.user, edition_slug, access.SEE)
    parts = WRITERS[extension](board_of(request, edition))
    return spreadsheet(request, parts, name=f"{edition.slug}-attendance", extension=extension, zone=edition.zone)


@require_POST
def board_decide(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Decide about the selected cells: first ask for the decision, then save it."""
    edition = staff_edition(request.user, edition_slug, access.DECIDE)
    chosen = chosen_cells(request, edition)
    cells = [(participant, session) for participant, session, _state in chosen]
    if not cells:
        messages.error(request, _("Select at least one cell first. Nothing was changed."))
        return redirect("attendance-staff:board", edition_slug)
    form = DecisionForm(request.POST if "outcome" in request.POST or "apply" in request.POST else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        seen = {(session.pk, participant.pk): state for participant, session, state in chosen}
        try:
            batch, n = decide(cells=cells, by=signed_in(request), seen=seen, **form.cleaned_data)
        except ChangedMeanwhileError as error:
            add_changes(form, error, edition)
            status = 409
        except ProgrammeError as error:
            form.add_error(None, str(error))
        else:
            report_decided(request, edition, batch, n)
            return redirect(back_of(request, edition))
    recorded, now = recorded_in(cells), timezone.now()
    context = page_context(request, _("Decide about the selected cells")) | {
        "edition": edition,
        "form": form,
        "cells": [
            (participant, session, record, status_in(record, session, now))
            for participant, session in cells
            for record in [recorded[session.pk, participant.pk]]
        ],
        "back": back_of(request, edition),
    }
    return render(request, "admin/attendance/decide.html", context, status=status)


@require_POST
def board_undo(request: HttpRequest, edition_slug: str, batch: uuid.UUID) -> HttpResponse:
    """Undo a batch of decisions."""
    edition = staff_edition(request.user, edition_slug, access.DECIDE)
    access.batch_of(edition, batch)
    n, n_unchanged = undo(batch=batch, by=signed_in(request))
    request.session.pop(undo_key(edition), None)
    if n:
        messages.success(request, ngettext("%(n)s decision undone.", "%(n)s decisions undone.", n) % {"n": n})
    if n_unchanged:
        text = ngettext(
            "%(n)s decision was not undone, because there is a later decision.",
            "%(n)s decisions were not undone, because there are later decisions.",
            n_unchanged,
        )
        messages.warning(request, text % {"n": n_unchanged})
    if not n and not n_unchanged:
        messages.info(request, _("These decisions have already been undone."))
    return redirect(back_of(request, edition))


@never_cache
@require_safe
def board_changes(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show changes of attendance since a moment; by default of the last day."""
    edition = staff_edition(request.user, edition_slug, access.SEE)
    since = parse_moment(request.GET.get("since", ""), edition.zone) or timezone.now() - dt.timedelta(days=1)
    context = page_context(request, _("Changes of attendance in %(edition)s") % {"edition": edition}) | {
        "edition": edition,
        "since": since,
        "changes": changes.since(edition, since),
        "most": changes.MOST,
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/changes.html", context)


def board_of(request: HttpRequest, edition: Edition) -> Board:
    """Return the board for the query string; invalid parameters are ignored."""
    given = request.GET
    filters = Filters(
        city=whole_number(given.get("city", ""), MOST_NUMBER),
        track=whole_number(given.get("track", ""), MOST_NUMBER),
        standing=given.get("standing", "") if given.get("standing") in set(Standing) else "",
        with_optional=given.get("only") != "core",
        is_undecided=given.get("undecided") == "1",
    )
    page = whole_number(given.get("page", ""), MOST_NUMBER) or 1
    return Board(
        edition, filters, page, timezone.now(), is_whole=given.get("page") == "all" and "export" in request.path
    )


def query_of(request: HttpRequest) -> str:
    """Return the query string of the page without the page number."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


def chosen_cells(request: HttpRequest, edition: Edition) -> list[tuple[Participant, Session, str]]:
    """Return the cells selected in a form, in the order of the board.

    A cell is "12/peer-learning", or "12/peer-learning/7-present" with the state in which it was shown.
    """
    parts = (it.split("/") for it in request.POST.getlist("cell")[:MOST_CELLS])
    named = {(pk, slug): "/".join(state) for pk, slug, *state in (it for it in parts if len(it) > 1)}
    numbers = {pk: whole_number(pk) for pk, _slug in named}
    people = Participant.objects.with_people().filter(edition=edition).in_bulk(filter(None, numbers.values()))
    sessions = {it.slug: it for it in attended_sessions(edition).select_related("actual_time")}
    cells = [
        (people[numbers[pk]], sessions[slug], state)
        for (pk, slug), state in named.items()
        if numbers[pk] in people and slug in sessions
    ]
    return sorted(cells, key=lambda cell: (str(cell[0].delegation), str(cell[0]), cell[1].slug))


def status_in(record: Recorded, session: Session, now: dt.datetime) -> str:
    """Return the label of a cell's current status; "" if nothing is recorded."""
    if record.attendance is None or not record.attendance.status:
        return ""
    return wording.status_word(wording.status_of(record.attendance, wording.times_of(session), None, now))


def add_changes(form: forms.Form, error: ChangedMeanwhileError, edition: Edition) -> None:
    """Add the changes of its cells to a form as errors; what was typed stays."""
    people = Participant.objects.with_people().in_bulk({it.participant_id for it, _decision in error.changes})
    sessions = Session.objects.select_related("actual_time").in_bulk({it.session_id for it, _decision in error.changes})
    now = timezone.now()
    form.add_error(None, str(error))
    for attendance, decision in error.changes[:MOST_CHANGES]:
        about = {"who": people[attendance.participant_id], "session": sessions[attendance.session_id]}
        if decision:
            text = _("%(who)s, %(session)s: %(by)s decided “%(outcome)s” on %(at)s. Reason: %(reason)s") % {
                **about,
                "by": decision.by,
                "outcome": decision.get_outcome_display(),
                "at": date_format(timezone.localtime(decision.decided_at, edition.zone), "j M Y, H:i"),
                "reason": decision.reason,
            }
        else:
            times = wording.times_of(sessions[attendance.session_id])
            status = wording.status_of(attendance, times, None, now)
            text = _("%(who)s, %(session)s: %(status)s") % {**about, "status": wording.status_word(status)}
        form.add_error(None, text)


def report_decided(request: HttpRequest, edition: Edition, batch: uuid.UUID, n: int) -> None:
    """Add a message with the number of decisions, and offer to undo them for UNDO_FOR."""
    if n:
        messages.success(request, ngettext("%(n)s decision saved.", "%(n)s decisions saved.", n) % {"n": n})
        request.session[undo_key(edition)] = {"batch": str(batch), "n": n, "at": timezone.now().timestamp()}
    else:
        messages.info(request, _("This had already been decided. Nothing was changed."))


def undo_key(edition: Edition) -> str:
    """Return the key of the visitor's session for their last decisions."""
    return f"decided:{edition.pk}"


def to_undo(request: HttpRequest, edition: Edition) -> dict[str, Any] | None:
    """Return the visitor's last decisions, if made within UNDO_FOR and not undone."""
    last: dict[str, Any] | None = request.session.get(undo_key(edition))
    is_fresh = last is not None and timezone.now().timestamp() - last["at"] < UNDO_FOR.total_seconds()
    return last if is_fresh else None


def back_of(request: HttpRequest, edition: Edition) -> str:
    """Return the attendance page that the form came from, else the board."""
    path = request.POST.get("back", "")
    board_path = edition_board(edition)
    return path if path.startswith(board_path.removesuffix("board/")) else board_path


def edition_board(edition: Edition) -> str:
    return reverse("attendance-staff:board", args=[edition.slug])


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """Return the context that every page of the admin needs."""
    return {**admin.site.each_context(request), "title": title}
