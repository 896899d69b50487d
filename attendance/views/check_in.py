"""Check-in: choose a session, then scan, enter a code or choose a name. Only a POST records anything."""

import datetime as dt
import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance import access, wording
from attendance.actions.check_ins import Verdict, check_in, rehearse_check_in
from attendance.actions.evidence import retract
from attendance.forms.scans import LONGEST_CODE, ScanForm
from attendance.models import Evidence
from attendance.personal_links import badges
from attendance.queries import check_in_desk
from attendance.queries.session_windows import door_window, is_door_open
from attendance.queries.sessions import sessions_at
from attendance.queries.turnout import turnouts_now
from attendance.rules.check_in import ScanAnswer
from programme.access import check_staff, staff_edition
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from programme.queries.participants import takes_part
from programme.queries.published_programme import PublishedProgramme
from udtacademy.accounts.requests import signed_in
from udtacademy.http.rate_limits import limited

DOOR_SCRIPTS = tuple(
    f"js/{it}.js"
    for it in ("older_browsers", "scanner", "door_store", "door_roster", "door_queue", "door_lists", "check_in")
)
LAST_EDITION = "door"  # key of the visitor's session
STATUSES = {
    ScanAnswer.CHECKED_IN: HTTPStatus.OK,
    ScanAnswer.ALREADY: HTTPStatus.OK,
    ScanAnswer.UNKNOWN: HTTPStatus.NOT_FOUND,
}  # the others: 409, nothing was recorded


@never_cache
@require_safe
@login_required
def check_in_home(request: HttpRequest) -> HttpResponse:
    """Redirect to the door where this desk was last, if it is open, or to the sessions of the edition; list editions if in doubt."""
    user = signed_in(request)
    check_staff(user, access.CHECK_IN)
    now = timezone.now()
    editions = list(Edition.objects.open_to(user).published().not_over(now))
    last = next((it for it in editions if it.slug == request.session.get(LAST_EDITION)), None)
    session = open_door(last, request.session.get(key_of(last)), now) if last else None
    if session:
        return redirect("attendance:check-in-session", session.edition.slug, session.slug)
    editions = [it for it in editions if sessions_at(it, now)] or editions
    if len(editions) == 1:
        return redirect("attendance:check-in", editions[0].slug)
    return render(request, "attendance/check_in_home.html", {"editions": editions})


def open_door(edition: Edition, slug: str | None, now: dt.datetime) -> Session | None:
    """Return the session of the day with this slug, if its door is open."""
    return next((it for it in sessions_at(edition, now) if it.slug == slug and is_door_open(it, now)), None)


@never_cache
@require_safe
@login_required
def check_in_start(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the sessions of the day. With a code from a phone's camera, go to the session this desk last used."""
    user = signed_in(request)
    if not user.is_staff:
        edition = get_object_or_404(Edition.objects.published(), slug=edition_slug)
        return redirect("attendance:badge", edition_slug) if takes_part(user, edition.pk) else access.not_found()
    edition = staff_edition(user, edition_slug, access.CHECK_IN)
    code = request.GET.get("code", "")[:LONGEST_CODE]
    now = timezone.now()
    session = open_door(edition, request.session.get(key_of(edition)), now) if code else None
    if session:
        page = reverse("attendance:check-in-session", args=[edition.slug, session.slug])
        return redirect(f"{page}?{urlencode({'code': code})}")
    doors = check_in_desk.doors_of(edition, now)
    context = {"edition": edition, "doors": [(it, door_window(it.session, now).value) for it in doors], "code": code}
    with timezone.override(edition.zone):
        return render(request, "attendance/check_in_start.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("check-in", person=1200, each=12)
@login_required
def check_in_session(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show check-in at the door of a session, and accept scans."""
    if request.method == "POST":
        return check_in_scanned(request, edition_slug, session_slug)
    _programme, session = access.door(request.user, edition_slug, session_slug)
    if request.session.get(key_of(session.edition)) != session.slug:  # saved only with a change: searches are many
        request.session[key_of(session.edition)] = session.slug
    if request.session.get(LAST_EDITION) != edition_slug:
        request.session[LAST_EDITION] = edition_slug
    return door_page(request, session, people_asked_for(request, session.edition))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("check-in", person=1200, each=12)
@login_required
def check_in_rehearsal(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show check-in as it will be, and answer scans as if the session began now. Nothing is recorded."""
    if request.method == "POST":
        return check_in_scanned(request, edition_slug, session_slug, is_rehearsal=True)
    _programme, session = access.door(request.user, edition_slug, session_slug)
    return door_page(request, session, people_asked_for(request, session.edition) | {"is_rehearsal": True})


def check_in_scanned(
    request: HttpRequest, edition_slug: str, session_slug: str, *, is_rehearsal: bool = False
) -> HttpResponse:
    """Answer a scan: 200 if the person is checked in, 404 for an unknown code, 409 otherwise, 422 for a bad form."""
    programme, session = access.door(request.user, edition_slug, session_slug)
    form, mode = ScanForm(request.POST), {"is_rehearsal": is_rehearsal}
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return answer_page(request, session, mode | {"problem": problem}, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        if is_rehearsal:
            verdict = rehearse_check_in(person=form.person(), session=session, scan=form.scan())
        else:
            verdict = check_in(person=form.person(), session=session, scan=form.scan(), by=signed_in(request))
    except ProgrammeError as error:
        return answer_page(request, session, mode | {"problem": str(error)}, HTTPStatus.CONFLICT)
    status = STATUSES.get(verdict.answer, HTTPStatus.CONFLICT)
    return answer_page(request, session, mode | about(verdict, programme, session), status)


@never_cache
@require_safe
@login_required
def check_in_count(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Return how many are there, and who was checked in last. The page asks after a scan and every five seconds: other desks scan too."""
    _programme, session = access.door(request.user, edition_slug, session_slug)
    context = {"session": session, "edition": session.edition} | progress(session)
    with timezone.override(session.edition.zone):
        return HttpResponse(render_to_string("attendance/_check_in_progress.html", context))


def progress(session: Session) -> dict[str, Any]:
    """Return how many are there, and who was checked in last."""
    turnout = turnouts_now([session], timezone.now())[session.pk]
    return {"turnout": turnout, "latest": check_in_desk.latest(session)}


@require_POST
@login_required
def check_in_undo(request: HttpRequest, edition_slug: str, session_slug: str, pk: int) -> HttpResponse:
    """Retract a check-in: the wrong person, the wrong room."""
    _programme, session = access.door(request.user, edition_slug, session_slug)
    at_the_door = Evidence.objects.with_people().filter(session=session, kind=Evidence.Kind.DOOR)
    evidence = get_object_or_404(at_the_door, pk=pk)
    try:
        retract(evidence=evidence, reason=_("undone at check-in"), by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
        return redirect("attendance:check-in-session", edition_slug, session_slug)
    return answer_page(
        request, session, {"answer": ScanAnswer.UNDONE, "participant": evidence.participant}, HTTPStatus.OK
    )


def people_asked_for(request: HttpRequest, edition: Edition) -> dict[str, Any]:
    """Return the people for the page's query: a code from a camera, or a name to search for."""
    code, typed = request.GET.get("code", "")[:LONGEST_CODE], request.GET.get("q", "")[:100].strip()
    if not code:
        matches = check_in_desk.search(edition, typed)
        return {"typed": typed, "matches": matches.people, "n_matches": matches.n}
    number = badges.read(code)
    person = Participant.objects.with_people().filter(pk=number).first() if number else None
    return {"typed": "", "matches": [person] if person and person.edition_id == edition.pk else [], "code": code}


def about(verdict: Verdict, programme: PublishedProgramme, session: Session) -> dict[str, Any]:
    """Return the context of an answer."""
    participant = verdict.participant
    context: dict[str, Any] = {
        "answer": verdict.answer,
        "participant": participant,
        "evidence": verdict.evidence,
        "seat": verdict.seat,
    }
    if participant and verdict.answer is not ScanAnswer.WRONG_EDITION:
        context["seats"] = check_in_desk.seats_on(programme, participant, session)
        context["expo_pass"] = Participant.ExpoPass(participant.expo_pass).label
    return context


def answer_page(request: HttpRequest, session: Session, context: dict[str, Any], status: int) -> HttpResponse:
    """Return only the answer to a request in the background, else the whole page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return door_page(request, session, context, status)
    with timezone.override(session.edition.zone):
        answer = render_to_string("attendance/_check_in_answer.html", answer_context(session, context))
    return HttpResponse(answer, status=status)


def door_page(request: HttpRequest, session: Session, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the page, or to a search in the background only the people found."""
    shown = answer_context(session, context)
    with timezone.override(session.edition.zone):
        if request.htmx:  # type: ignore[attr-defined]
            return render(request, "attendance/_check_in_found.html", shown, status=status)
        shown |= {} if shown["is_rehearsal"] else progress(session)
        shown["window"] = door_window(session, timezone.now()).value
        return render(request, "attendance/check_in.html", shown, status=status)


def answer_context(session: Session, context: dict[str, Any]) -> dict[str, Any]:
    """Return the context that an answer needs, alone or in its page. `action`: where its forms send scans."""
    is_rehearsal = context.get("is_rehearsal", False)
    page = {"session": session, "edition": session.edition, "scan_id": uuid.uuid4(), "is_rehearsal": is_rehearsal}
    page |= {"action": door_address(session, is_rehearsal=is_rehearsal), "door_scripts": DOOR_SCRIPTS}
    page["shell"] = f"{page['action']}shell/"
    return context | page | {"wording": wording.ANSWERS.get(context.get("answer", ""))}


def door_address(session: Session, *, is_rehearsal: bool) -> str:
    name = "check-in-rehearsal" if is_rehearsal else "check-in-session"
    return reverse(f"attendance:{name}", args=[session.edition.slug, session.slug])


def key_of(edition: Edition) -> str:
    """Return the key of the visitor's session for the session they last checked people in at."""
    return f"door:{edition.pk}"
