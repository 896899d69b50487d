"""The way back of a sign-in sheet: its list, to tick who has signed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import access
from attendance.actions.sign_in_sheets import Ticked, check_ticked_now, tick_sheet
from attendance.forms.tick_lists import TickForm
from attendance.queries.sign_in_sheets import existing, tick_list
from attendance.views.board import page_context
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.requests import signed_in

MOST_NAMED = 20  # people who were not recorded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tick_sheet_of(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show the list of a session's sheet, and record what was ticked and unticked since the page was shown."""
    session = access.session_in_person(request.user, edition_slug, session_slug)
    if request.method != "POST":
        return list_page(request, session)
    form = TickForm(request.POST)
    if not form.is_valid():
        text = _("The list could not be read. Nothing was recorded. Try again.")
        return list_page(request, session, form, text, 422)
    changed = form.signed() | form.unsigned()
    gone = changed - existing(changed)
    access.check_participants(session.edition, changed - gone)
    signed, unsigned = form.signed() - gone, form.unsigned() - gone
    try:
        ticked = tick_sheet(session=session, signed=signed, unsigned=unsigned, by=signed_in(request))
    except ProgrammeError as error:
        return list_page(request, session, form, str(error), 409)
    report(request, ticked, len(gone))
    return redirect("attendance-staff:tick-list", edition_slug, session_slug)


def report(request: HttpRequest, ticked: Ticked, n_gone: int) -> None:
    """Say how many were recorded and taken back, and who was not recorded. `n_gone`: people who were deleted meanwhile."""
    for n, text in (
        (ticked.n_new, ngettext("%(n)s signature recorded.", "%(n)s signatures recorded.", ticked.n_new)),
        (ticked.n_undone, ngettext("%(n)s signature taken back.", "%(n)s signatures taken back.", ticked.n_undone)),
    ):
        if n:
            messages.success(request, text % {"n": n})
    if ticked.n_already:
        text = ngettext("%(n)s person was already recorded.", "%(n)s people were already recorded.", ticked.n_already)
        messages.info(request, text % {"n": ticked.n_already})
    for person, reason in ticked.refused[:MOST_NAMED]:
        messages.warning(request, _("%(who)s was not recorded: %(reason)s") % {"who": person, "reason": reason})
    if n_more := len(ticked.refused[MOST_NAMED:]):
        messages.warning(request, _("%(n)s more were not recorded.") % {"n": n_more})
    if n_gone:
        text = ngettext(
            "%(n)s person was deleted meanwhile and is not recorded.",
            "%(n)s people were deleted meanwhile and are not recorded.",
            n_gone,
        )
        messages.warning(request, text % {"n": n_gone})
    elif ticked == Ticked():
        messages.info(request, _("Nothing was changed."))


def list_page(
    request: HttpRequest, session: Session, form: TickForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    """Show the list with what is recorded now. `form`: ticks that were not recorded, which are shown, too; `problem`: why."""
    with timezone.override(session.edition.zone):
        cities = tick_list(session)
        signed = [it.participant.pk for city in cities for it in city.lines if it.is_signed]
        context = page_context(request, _("Tick the sign-in sheet: %(session)s") % {"session": session}) | {
            "edition": session.edition,
            "session": session,
            "cities": cities,
            "signed": ",".join(map(str, signed)),
            "ticked": form.ticked(signed) if form else signed,
            "n_people": sum(len(city.lines) for city in cities),
            "problem": problem,
            "why_not": "" if form else why_not_now(session),
        }
        return render(request, "admin/attendance/tick_list.html", context, status=status)


def why_not_now(session: Session) -> str:
    """Return why the sheet cannot be ticked now; empty if it can."""
    try:
        check_ticked_now(session)
    except ProgrammeError as error:
        return str(error)
    return ""
