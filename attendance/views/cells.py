"""One cell of the board: its evidence, and the form to decide. A dialog within the board, else a page."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from attendance import access, wording
from attendance.actions.attendances import CertificateAtStakeError
from attendance.actions.decisions import ChangedMeanwhileError, decide, recorded_in
from attendance.actions.evidence import retract
from attendance.forms.board_filters import board_for
from attendance.forms.decisions import DecisionForm, RetractionForm
from attendance.models import Attendance, Decision, Evidence, Excuse
from attendance.queries.attendance_records import records_of_cell
from attendance.queries.board_rows import BoardCell
from attendance.queries.cell_messages import messages_of_cell
from attendance.queries.cell_rules import rule_sentences
from attendance.queries.sessions import has_seat
from attendance.rules.shown_states import ShownState, shown_state
from attendance.views.board import add_changes, decision_in, offer_revoking, page_context, report_decided
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cell(request: HttpRequest, edition_slug: str, pk: int, session_slug: str) -> HttpResponse:
    """Show a cell, and decide about it."""
    may = access.DECIDE if request.method == "POST" else access.SEE
    edition = staff_edition(request.user, edition_slug, may)
    participant, session = access.any_participant(edition, pk), access.attended_session(edition, session_slug)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        seen = {(session.pk, participant.pk): request.POST.get("seen", "")}
        try:
            batch, n = decide(
                cells=[(participant, session)], by=signed_in(request), seen=seen, **decision_in(request, form)
            )
        except ChangedMeanwhileError as error:
            add_changes(form, error, edition)
            status = 409
        except CertificateAtStakeError as error:
            offer_revoking(request, form, error)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            report_decided(request, edition, batch, n)
            if not request.htmx:  # type: ignore[attr-defined]
                return redirect("attendance-staff:cell", edition_slug, pk, session_slug)
            return cell_page(request, participant, session, DecisionForm(), is_done=True)
    return cell_page(request, participant, session, form, status=status)


@require_POST
def evidence_retract(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Retract a piece of evidence, with a reason."""
    edition = staff_edition(request.user, edition_slug, access.DECIDE)
    evidence = get_object_or_404(Evidence.objects.with_people(), edition=edition, pk=pk)
    form = RetractionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter a reason for the retraction. Nothing was changed."))
    else:
        try:
            if retract(evidence=evidence, reason=form.cleaned_data["reason"], by=signed_in(request)):
                messages.success(request, _("Evidence retracted. The evidence and the retraction stay on record."))
            else:
                messages.info(request, _("This evidence had already been retracted."))
        except ProgrammeError as error:
            messages.error(request, str(error))
    return redirect("attendance-staff:cell", edition_slug, evidence.participant_id, evidence.session.slug)


def cell_page(
    request: HttpRequest,
    participant: Participant,
    session: Session,
    form: DecisionForm,
    *,
    status: int = 200,
    is_done: bool = False,
) -> HttpResponse:
    shown = cell_of(participant, session)
    about = {"participant": participant, "session": session}
    context: dict[str, Any] = {
        **about,
        "edition": session.edition,
        "cell": shown,
        "form": form,
        "seen": recorded_in([(participant, session)])[session.pk, participant.pk].seen,
        "retraction": RetractionForm(auto_id=False),
        "evidence": Evidence.objects.filter(**about)
        .with_people()
        .exclude(kind=Evidence.Kind.RETRACTION)
        .order_by("pk"),
        "decisions": [
            (decision, status_label(decision.before), decision.get_outcome_display())
            for decision in Decision.objects.filter(**about).select_related("by").latest_first()
        ],
        "actual_time": getattr(session, "actual_time", None),
        "can_decide": request.user.has_perm(access.DECIDE),
        "can_decide_requests": request.user.has_perm("attendance.change_excuse"),
        "is_dialog": bool(request.htmx),  # type: ignore[attr-defined]
    }
    with timezone.override(session.edition.zone):
        context |= reasons_of(request, participant, session)
        if request.htmx:  # type: ignore[attr-defined]
            response = render(request, "admin/attendance/_cell.html", context, status=status)
            if is_done:
                response["X-Cell"] = json.dumps(changes_of(request, participant, session, shown))
            return response
        context |= page_context(request, f"{participant}: {session}")
        return render(request, "admin/attendance/cell.html", context, status=status)


def reasons_of(request: HttpRequest, participant: Participant, session: Session) -> dict[str, Any]:
    """Return the rule that applied in words, the requests, and what was sent about it, for staff who may see emails."""
    excuses = list(Excuse.objects.filter(participant=participant, session=session).with_people().order_by("-asked_at"))
    sees_emails = request.user.has_perm("outbox.view_message")
    sent = messages_of_cell(participant, session, excuses) if sees_emails else None
    return {"rule": rule_of(participant, session), "excuses": excuses, "sent": sent}


def rule_of(participant: Participant, session: Session) -> list[str]:
    """Return why the cell's state is what it is, as sentences in the active zone. Four queries."""
    at, records = (session.pk, participant.pk), records_of_cell(session.pk, participant.pk)
    return rule_sentences(
        list(records.seen.get(at, ())),
        records.terms[session.pk],
        decision=records.decisions.get(at),
        excuse=records.excuses.get(at),
        times=wording.times_of(session),
        registered_at=participant.registered_at,
        now=timezone.now(),
        edition=session.edition,
    )


def changes_of(
    request: HttpRequest, participant: Participant, session: Session, shown: BoardCell
) -> dict[str, str | None]:
    """Return what has changed on the board, which posts its query string: the cell, the row, and the totals around it."""
    board = board_for(session.edition, QueryDict(request.POST.get("board", "").removeprefix("?")), timezone.now())
    changed: dict[str, str | None] = {"css": shown.css, "title": shown.description, "symbol": shown.symbol}
    if around := board.around(participant, session):
        row = around.row
        changed |= {"standing": row.standing.value, "label": row.standing_label, "core": row.core_label}
        changed |= {"city": around.of_city, "column": around.of_column}
    return changed


def cell_of(participant: Participant, session: Session) -> BoardCell:
    attendance = Attendance.objects.established().filter(participant=participant, session=session).first()
    is_expected = participant.is_registered and has_seat(participant, session)
    now, times = timezone.now(), wording.times_of(session)
    status = wording.status_of(attendance, times, participant.registered_at, now)
    state = shown_state(status, is_expected=is_expected, otherwise=times.without_evidence(now))
    is_asked = Excuse.objects.asked().filter(participant=participant, session=session).exists()
    return BoardCell(state, attendance, is_expected, is_asked)


def status_label(status: str) -> str:
    return str(wording.STATES[ShownState(status)]) if status else _("nothing recorded")
