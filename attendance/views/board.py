"""The board for organisers, its spreadsheets, decisions about many cells at once, and what has changed since."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access, changes, exports, words
from attendance.actions.decisions import decide, undo
from attendance.board import Board, Filters
from attendance.forms.decisions import DecisionForm
from attendance.rules import Standing
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from programme.views.registrations import signed_in
from udtacademy.limits import one_at_a_time
from udtacademy.parameters import moment, whole_number

View = Callable[..., HttpResponseBase]
UNDO_FOR = dt.timedelta(minutes=30)
MOST_CELLS = 2000  # decided about in one go
MOST_NUMBER = 10**9  # far beyond our numbers; a filter by more is left out
FORMATS = {
    "csv": ("text/csv; charset=utf-8", exports.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", exports.as_xlsx),
}


@never_cache
@require_safe
@one_at_a_time
def board(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = access.staff_edition(request.user, edition_slug, access.SEE)
    shown = board_of(request, edition)
    context = page_context(request, _("Attendance in %s") % edition) | {
        "edition": edition,
        "board": shown,
        "filters": shown.filters,
        "cities": edition.delegations.select_related("city").order_by("city__name"),
        "tracks": edition.tracks.order_by("position"),
        "standings": words.STANDINGS.items(),
        "can_decide": request.user.has_perm(access.DECIDE),
        "query": query_of(request),
        "undo": to_undo(request, edition),
        "symbols": [
            (state.value, words.SYMBOLS[state], word)
            for state, word in words.WORDS.items()
            if words.SYMBOLS[state].strip()
        ],
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/board.html", context)


@never_cache
@require_safe
@one_at_a_time
def board_export(request: HttpRequest, edition_slug: str, extension: str) -> HttpResponse:
    """What the board shows with the same filters; with `page=all` every page of it."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE)
    content_type, written = FORMATS[extension]
    with timezone.override(edition.zone):
        response = HttpResponse(written(board_of(request, edition)), content_type=content_type)
    name = f"{edition.slug}-attendance-{timezone.now():%Y-%m-%d}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def board_decide(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Decide about the cells that were chosen: asked once, with their number, then done to all."""
    edition = access.staff_edition(request.user, edition_slug, access.DECIDE)
    cells = chosen_cells(request, edition)
    if not cells:
        messages.error(request, _("Choose cells first. Nothing was changed."))
        return redirect("attendance-staff:board", edition_slug)
    form = DecisionForm(request.POST if "outcome" in request.POST or "apply" in request.POST else None)
    if form.is_valid():
        try:
            batch, n = decide(cells=cells, by=signed_in(request), **form.cleaned_data)
        except ProgrammeError as error:
            form.add_error(None, str(error))
        else:
            tell_decided(request, edition, batch, n)
            return redirect(back_of(request, edition))
    context = page_context(request, _("Decide about several")) | {
        "edition": edition,
        "form": form,
        "cells": cells,
        "back": back_of(request, edition),
    }
    return render(request, "admin/attendance/decide.html", context, status=422 if form.is_bound else 200)


@require_POST
def board_undo(request: HttpRequest, edition_slug: str, batch: uuid.UUID) -> HttpResponse:
    edition = access.staff_edition(request.user, edition_slug, access.DECIDE)
    access.batch_of(edition, batch)
    n, n_kept = undo(batch=batch, by=signed_in(request))
    request.session.pop(undo_key(edition), None)
    if n:
        messages.success(request, ngettext("%s decision is undone.", "%s decisions are undone.", n) % n)
    if n_kept:
        text = ngettext("%s was decided anew since, and stays.", "%s were decided anew since, and stay.", n_kept)
        messages.warning(request, text % n_kept)
    if not n and not n_kept:
        messages.info(request, _("Nothing to undo: that was done already."))
    return redirect(back_of(request, edition))


@never_cache
@require_safe
def board_changes(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """What has changed in anybody's attendance since a moment; a day ago unless given."""
    edition = access.staff_edition(request.user, edition_slug, access.SEE)
    since = moment(request.GET.get("since", ""), edition.zone) or timezone.now() - dt.timedelta(days=1)
    context = page_context(request, _("What changed in %s") % edition) | {
        "edition": edition,
        "since": since,
        "changes": changes.since(edition, since),
        "most": changes.MOST,
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/changes.html", context)


def board_of(request: HttpRequest, edition: Edition) -> Board:
    """The board that a query string asks for; what makes no sense in it is left out."""
    given = request.GET
    filters = Filters(
        city=whole_number(given.get("city", ""), MOST_NUMBER),
        track=whole_number(given.get("track", ""), MOST_NUMBER),
        standing=given.get("standing", "") if given.get("standing") in set(Standing) else "",
        with_optional=given.get("only") != "core",
    )
    page = whole_number(given.get("page", ""), MOST_NUMBER) or 1
    return Board(
        edition, filters, page, timezone.now(), is_whole=given.get("page") == "all" and "export" in request.path
    )


def query_of(request: HttpRequest) -> str:
    """The query string of the page, without the page's number."""
    given = request.GET.copy()
    given.pop("page", None)
    return given.urlencode()


def chosen_cells(request: HttpRequest, edition: Edition) -> list[tuple[Participant, Session]]:
    """The cells that a form names, as "12/peer-learning"; of the edition, in the order of the board."""
    named = {tuple(it.split("/", 1)) for it in request.POST.getlist("cell")[:MOST_CELLS] if "/" in it}
    numbers = {(whole_number(pk), slug) for pk, slug in named}
    people = Participant.objects.with_people().filter(edition=edition).in_bulk({pk for pk, _slug in numbers if pk})
    sessions = {it.slug: it for it in access.attended_sessions(edition)}
    cells = [(people[pk], sessions[slug]) for pk, slug in numbers if pk in people and slug in sessions]
    return sorted(cells, key=lambda cell: (str(cell[0].delegation), str(cell[0]), cell[1].slug))


def tell_decided(request: HttpRequest, edition: Edition, batch: uuid.UUID, n: int) -> None:
    """Say how many; the board offers the way back for a while."""
    if n:
        messages.success(request, ngettext("%s decision is made.", "%s decisions are made.", n) % n)
        request.session[undo_key(edition)] = {"batch": str(batch), "n": n, "at": timezone.now().timestamp()}
    else:
        messages.info(request, _("Nothing to change: that had been decided already."))


def undo_key(edition: Edition) -> str:
    """In the visitor's session: what they decided last."""
    return f"decided:{edition.pk}"


def to_undo(request: HttpRequest, edition: Edition) -> dict[str, Any] | None:
    """What the visitor decided within the last half hour, if they have not undone it."""
    last: dict[str, Any] | None = request.session.get(undo_key(edition))
    is_fresh = last is not None and timezone.now().timestamp() - last["at"] < UNDO_FOR.total_seconds()
    return last if is_fresh else None


def back_of(request: HttpRequest, edition: Edition) -> str:
    """The page of ours that the form came from, else the board."""
    named = request.POST.get("back", "")
    return named if named.startswith(f"{reverse('admin:index')}attendance/") else edition_board(edition)


def edition_board(edition: Edition) -> str:
    return reverse("attendance-staff:board", args=[edition.slug])


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """What every page of the admin needs."""
    return {**admin.site.each_context(request), "title": title}
