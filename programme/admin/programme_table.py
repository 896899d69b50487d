"""The programme as a table, edited in place, and its draft: what it changes, before it is published."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from programme.access import staff_edition
from programme.actions.locks import lock_draft
from programme.actions.session_drafts import discard_draft, publish_draft, save_draft, shift_rows
from programme.admin.session_messages import announce_notices, warn_of_overfull
from programme.errors import ProgrammeError
from programme.forms.programme_table import SHIFT, SHIFT_MET, RowForm, TableForm
from programme.models import Edition, Session
from programme.queries.draft_review import drafted_programme, review_draft
from programme.queries.session_drafts import TableRow, discarded_in, programme_table
from programme.rules.local_times import local_day
from programme.rules.session_rows import SessionRow, carried_along, newly_met
from udtacademy.accounts.requests import signed_in

CHANGE = "programme.change_session"


@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the programme as a table; save what was typed as a draft, shifted if asked."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    if request.method != "POST":
        return table_page(request, edition, TableForm(programme_table(edition), may_add=may_add(request)))
    with transaction.atomic():
        lock_draft(edition)
        form = TableForm(programme_table(edition), request.POST, may_add=may_add(request))
        if not form.is_valid() or not is_saved(request, edition, form):
            return table_page(request, edition, form)
    if request.POST.get("do") == "review":
        return redirect("programme-staff:draft", edition.slug)
    messages.success(request, _("The draft is saved. Nothing is public before you publish it."))
    return redirect("programme-staff:table", edition.slug)


def may_add(request: HttpRequest) -> bool:
    return request.user.has_perm("programme.add_session")


def is_saved(request: HttpRequest, edition: Edition, form: TableForm) -> bool:
    """Save the rows as a draft. Return False, saving nothing, if that loses something or they cannot be shifted; the form
    says why.
    """
    if form.lost:
        text = _("Meanwhile published, discarded or deleted: %(titles)s. What you typed there is not saved.")
        form.error = text % {"titles": ", ".join(f"“{title}”" for title in form.lost)}
        return False
    try:
        if form.is_shift and any(it.is_stale for it in form.shown):
            form.error = _("Somebody has changed the programme since you opened this page. Check it, then shift again.")
            return False
        shifted = shifted_rows(request, form) if form.is_shift else {}
    except ProgrammeError as error:
        form.error = str(error)
        return False
    if form.met:
        return False
    save_draft(edition=edition, rows=form.values | shifted, by=signed_in(request), token=form.token)
    return True


def shifted_rows(request: HttpRequest, form: TableForm) -> dict[str, SessionRow]:
    """Return the rows as shifted; if they would meet others, nothing before somebody has chosen what to do about that."""
    rows, by = {key: row for key, row in form.values.items() if row.title}, form.shift.by
    shifted = shift_rows(form.shift.rows(form.shown), by)
    if request.POST["do"] == SHIFT_MET:
        return carried_along(rows, shifted, by)
    if request.POST["do"] == SHIFT:
        form.met = [rows[key].title for key in newly_met(rows, shifted)]
    return shifted


def table_page(request: HttpRequest, edition: Edition, form: TableForm) -> HttpResponse:
    rows, now = {row.key: row for row in form.table.rows}, timezone.now()
    coming: list[tuple[RowForm, TableRow | None]] = []
    past: list[tuple[RowForm, TableRow | None]] = []
    for row_form in form.rows:
        row = rows.get(row_form.key)
        (past if row and is_past(row, edition, now) else coming).append((row_form, row))
    has_errors = bool(form.error or form.met) or any(it.errors for it in [*form.shown, form.shift])
    context = admin.site.each_context(request) | {
        "title": _("Programme as a table"),
        "edition": edition,
        "form": form,
        "coming": coming,
        "past": past,
        "opens_past": is_to_open(past) or not any(row for _form, row in coming),
        "n_drafted": len(form.table.drafted),
        "has_errors": has_errors,
        "draft": drafted_programme(form.table, now),
    }
    return page(request, edition, "programme_table", context, status=422 if has_errors else 200)


def is_past(row: TableRow, edition: Edition, now: dt.datetime) -> bool:
    """Return whether the session of a row is over; without a time, whether its day is."""
    if row.session is None or row.session.ends_at:
        return row.session is not None and row.session.is_over(now)
    return row.before.day is not None and row.before.day < local_day(now, edition.zone)


def is_to_open(rows: Sequence[tuple[RowForm, TableRow | None]]) -> bool:
    """Return whether rows must not be folded away: one has a mistake, or is drafted."""
    return any(form.errors or (row and row.changed) for form, row in rows)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show what the ticked rows of the draft change and for how many people; publish them once that is agreed to."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    keys = ticked(request)
    if request.method != "POST" or request.POST.get("do") == "review":
        return draft_page(request, edition, keys)
    agreed_to = request.POST.get("agreed_to", "")
    try:
        review = publish_draft(edition=edition, by=signed_in(request), agreed_to=agreed_to, keys=keys)
    except ProgrammeError as error:
        return draft_page(request, edition, keys, error=str(error))
    changed, n_left = review.programme.changed, len(review.rows) - len(review.chosen)
    next_page = redirect(f"programme-staff:{'draft' if n_left else 'table'}", edition.slug)
    if not changed:
        messages.info(request, _("Nothing you ticked is left to publish."))
        return next_page
    text = ngettext(
        "The change of %(n)s session is published.", "The changes of %(n)s sessions are published.", len(changed)
    )
    messages.success(request, text % {"n": len(changed)})
    if n_left:
        text = ngettext("%(n)s change stays in the draft.", "%(n)s changes stay in the draft.", n_left)
        messages.info(request, text % {"n": n_left})
    warn_of_overfull(request, Session.objects.filter(pk__in=[it.pk for it in changed]))
    announce_notices(request, changed)
    return next_page


def ticked(request: HttpRequest) -> set[str] | None:
    """Return the keys of the rows that are ticked; None if nobody has chosen yet."""
    return set(request.POST.getlist("rows")) if "chosen" in request.POST else None


def draft_page(request: HttpRequest, edition: Edition, keys: Collection[str] | None, error: str = "") -> HttpResponse:
    review = review_draft(programme_table(edition), timezone.now(), keys=keys)
    context = admin.site.each_context(request) | {
        "title": _("Drafted changes"),
        "edition": edition,
        "review": review,
        "error": error,
        "discarded": discarded_in(edition),
    }
    return page(request, edition, "programme_draft", context, status=422 if error else 200)


@require_POST
def draft_discard(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Discard the draft, or one row of it."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    key = request.POST.get("row", "")
    n = discard_draft(edition=edition, by=signed_in(request), keys=[key] if key else None)
    text = ngettext("%(n)s drafted change is discarded.", "%(n)s drafted changes are discarded.", n) % {"n": n}
    messages.success(request, text)
    return redirect("programme-staff:draft" if key else "programme-staff:table", edition.slug)


def page(request: HttpRequest, edition: Edition, name: str, context: dict[str, Any], status: int) -> HttpResponse:
    with timezone.override(edition.zone):
        return TemplateResponse(request, f"admin/programme/{name}.html", context, status=status).render()
