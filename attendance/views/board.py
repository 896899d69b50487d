"""The organisers' board, its spreadsheets, decisions about many cells at once, and recent changes."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
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
from attendance.actions.attendances import CertificateAtStakeError
from attendance.actions.decisions import ChangedMeanwhileError, Recorded, decide, recorded_in, undo
from attendance.exports.board import as_csv, as_xlsx
from attendance.forms.board_filters import FILTERS, board_for
from attendance.forms.board_selections import MOST_CELLS, picked_by, selection_of
from attendance.forms.decisions import DecisionForm
from attendance.forms.selections import board_query
from attendance.models import Attendance
from attendance.queries import changes
from attendance.queries.board import Board
from attendance.rules.standing import Standing
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error
from udtacademy.http.parameters import parse_moment
from udtacademy.http.rate_limits import one_per_process
from udtacademy.http.spreadsheets import spreadsheet

View = Callable[..., HttpResponseBase]
UNDO_FOR = dt.timedelta(minutes=30)
MOST_CHANGES = 20  # listed if cells have changed since
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
        "query_of_people": board_query(request.GET),
        "filters_given": [(name, request.GET[name]) for name in (*FILTERS, "page") if request.GET.get(name)],
        "undo": to_undo(request, edition),
        "totals_title": _("present / expected, + people who came without being expected"),
        "not_open": wording.NOT_OPEN,
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
    selection = selection_of(request.POST, edition, timezone.now())
    cells = [(it.participant, it.session) for it in selection.cells]
    if selection.is_too_large or not (cells or selection.left_out):
        text = _("Select at most %(n)s cells at a time. Nothing was changed.") % {"n": MOST_CELLS}
        none = _("Select at least one cell first. Nothing was changed.")
        messages.error(request, text if selection.is_too_large else none)
        return redirect(back_of(request, edition))
    form = DecisionForm(request.POST if "outcome" in request.POST or "apply" in request.POST else None)
    status = 422 if form.is_bound else 200
    if form.is_valid() and selection.left_out:
        form.add_error(None, _("This has changed since you opened the page. Check what is left, then decide again."))
        status = 409
    elif form.is_valid():
        seen = {(it.session.pk, it.participant.pk): it.state for it in selection.cells}
        try:
            batch, n = decide(cells=cells, by=signed_in(request), seen=seen, **decision_in(request, form))
        except ChangedMeanwhileError as error:
            add_changes(form, error, edition)
            status = 409
        except CertificateAtStakeError as error:
            offer_revoking(request, form, error)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            report_decided(request, edition, batch, n)
            return redirect(back_of(request, edition))
    context = page_context(request, _("Decide about the selected cells")) | {
        "edition": edition,
        "form": form,
        "selection": selection,
        "cells": with_records(cells),
        "back": back_of(request, edition),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/decide.html", context, status=status)


@never_cache
@require_safe
@one_per_process
def board_select(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List the cells of one column, or of one city, with a box for each: for those without JavaScript."""
    edition = staff_edition(request.user, edition_slug, access.DECIDE)
    shown = board_of(request, edition)
    picked = picked_by(shown, request.GET)
    if not picked.groups:
        none_open = _("None of these cells can be decided together: %(reasons)s.") % {"reasons": wording.NOT_OPEN}
        messages.info(request, none_open if picked.n_left_out else _("There are no such cells on the board now."))
        return redirect(f"{edition_board(edition)}?{query_of(request)}")
    column = picked.groups[0][1][0].session if "session" in request.GET else None
    title = _("Select people at %(session)s") % {"session": column} if column else _("Select cells")
    context = page_context(request, title) | {
        "edition": edition,
        "column": column,
        "picked": picked,
        "not_open": wording.NOT_OPEN,
        "back": f"{edition_board(edition)}?{request.GET.urlencode()}",
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/board_select.html", context)


@require_POST
def board_undo(request: HttpRequest, edition_slug: str, batch: uuid.UUID) -> HttpResponse:
    """Undo a batch of decisions."""
    edition = staff_edition(request.user, edition_slug, access.DECIDE)
    access.batch_of(edition, batch)
    try:
        n, n_unchanged = undo(batch=batch, by=signed_in(request))
    except CertificateAtStakeError as error:
        messages.error(request, str(error))
        return redirect(back_of(request, edition))
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
    is_whole = request.GET.get("page") == "all" and "export" in request.path
    return board_for(edition, request.GET, timezone.now(), is_whole=is_whole)


def query_of(request: HttpRequest) -> str:
    """Return the query string of the page without the page number."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


def with_records(cells: Sequence[tuple[Participant, Session]]) -> list[tuple[Participant, Session, Recorded, str]]:
    """Return the cells with what is recorded about each, and the label of its status. Two queries."""
    recorded, now = recorded_in(cells), timezone.now()
    return [
        (participant, session, record, status_in(record, session, now))
        for participant, session in cells
        for record in [recorded[session.pk, participant.pk]]
    ]


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
    form.add_error(None, form_error(error))
    for attendance, decision in error.changes[:MOST_CHANGES]:
        session = sessions[attendance.session_id]
        session.edition = edition
        about = {"who": people[attendance.participant_id], "session": wording.dated(session)}
        if decision:
            text = _("%(who)s, %(session)s: %(by)s decided “%(outcome)s” on %(at)s. Reason: %(reason)s") % {
                **about,
                "by": decision.by,
                "outcome": decision.get_outcome_display(),
                "at": date_format(timezone.localtime(decision.decided_at, edition.zone), "j M Y, H:i"),
                "reason": decision.reason,
            }
        else:
            status = wording.status_of(attendance, wording.times_of(session), None, now)
            text = _("%(who)s, %(session)s: %(status)s") % {**about, "status": wording.status_word(status)}
        form.add_error(None, text)


def decision_in(request: HttpRequest, form: DecisionForm) -> dict[str, Any]:
    """Return what a form decides. Certificates are revoked only by who may."""
    may_revoke = request.user.has_perm(access.REVOKE_CERTIFICATES)
    return form.cleaned_data | {"revokes": form.cleaned_data["revokes"] if may_revoke else ()}


def offer_revoking(request: HttpRequest, form: DecisionForm, error: CertificateAtStakeError) -> None:
    """Say which certificates stand in the way of a decision, and offer to revoke them to who may."""
    form.add_error(None, form_error(error))
    if request.user.has_perm(access.REVOKE_CERTIFICATES):
        form.offer_revoking(error.certificates)


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
