"""A running session: a page that updates itself, and emails to people who are missing."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access
from attendance.actions.evidence import record_here, undo_here
from attendance.actions.nudges import nudge_missing
from attendance.emails import nudge_to
from attendance.models import Attendance, Evidence
from attendance.platforms import meetings_at
from attendance.queries.expected import n_missing, unseen_at
from attendance.queries.live import Live, live, minutes_on, missing_first, not_here, people_of, tag_of
from attendance.queries.session_windows import can_be_nudged, is_door_open
from attendance.views.board import page_context
from programme.access import check_staff
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.requests import signed_in

CITIES_PER_PAGE = 50
NAMED = 100  # people, before they are sent an email
MOST_LISTED = 100  # people who are not here yet, on the live page


@never_cache
@require_safe
def live_session(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show how many are or were at the session."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SEE)
    context = page_context(request, str(session)) | live_context(request, live(session, timezone.now()))
    context |= {
        "actual_time": getattr(session, "actual_time", None),
        "can_decide": request.user.has_perm(access.DECIDE),
        **simulated_meeting(session),
    }
    if records_here(request, session):
        absent = not_here(session, MOST_LISTED + 1)
        context["recorded"] = just_recorded(request, session)
        context |= {"absent": absent[:MOST_LISTED], "has_more": len(absent) > MOST_LISTED}
    with timezone.override(session.edition.zone):
        return render(request, "admin/attendance/live.html", context)


def simulated_meeting(session: Session) -> dict[str, Any]:
    """Return whether a simulated meeting of the session can be held, on a development machine, and the one that is being held."""
    if not (settings.DEBUG and settings.DEMO and any(meetings_at(session.meeting_url))):
        return {}
    from attendance.demo.simulators.running import held_now  # noqa: PLC0415 - development only

    return {"can_hold_meeting": True, "held": held_now(session)}


def records_here(request: HttpRequest, session: Session) -> bool:
    """Return whether the visitor may say now who is at the session."""
    return request.user.has_perm(access.CHECK_IN) and is_door_open(session, timezone.now())


@require_POST
def live_here(request: HttpRequest, edition_slug: str, session_slug: str, pk: int) -> HttpResponse:
    """Record the visitor's word that a person is at the session. A second time changes nothing."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SEE)
    check_staff(request.user, access.CHECK_IN)
    participant, problem, is_new = access.any_participant(session.edition, pk), "", False
    try:
        is_new = record_here(participant=participant, session=session, by=signed_in(request)) is not None
    except ProgrammeError as error:
        problem = str(error)
    if is_new:
        request.session[here_key(session)] = pk
    sentence = _("%(who)s is recorded as here.") if is_new else _("%(who)s was already recorded.")
    answer = {"problem": problem, "is_new": is_new, "can_undo": not problem and has_vouched(request, session, pk)}
    return here_answer(request, participant, session, answer, sentence)


@require_POST
def live_here_undo(request: HttpRequest, edition_slug: str, session_slug: str, pk: int) -> HttpResponse:
    """Retract the visitor's word that a person is at the session. A second time changes nothing."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.SEE)
    check_staff(request.user, access.CHECK_IN)
    participant = access.any_participant(session.edition, pk)
    try:
        is_undone = undo_here(participant=participant, session=session, by=signed_in(request)) > 0
    except ProgrammeError as error:
        return here_answer(request, participant, session, {"problem": str(error)}, str(error))
    request.session.pop(here_key(session), None)
    sentence = _("Undone: %(who)s is not recorded as here.") if is_undone else _("This has already been undone.")
    is_recorded = Attendance.objects.established().filter(participant=participant, session=session).exists()
    problem = _("%(who)s is still recorded, because of something else.") % {"who": participant} if is_recorded else ""
    return here_answer(request, participant, session, {"problem": problem, "is_undone": True}, sentence)


def here_answer(
    request: HttpRequest, participant: Participant, session: Session, answer: dict[str, Any], sentence: str
) -> HttpResponse:
    """Answer a tap: in the background by what takes the place of its button, and the numbers of the live page; else by a message."""
    live_page = reverse("attendance-staff:live", args=[session.edition.slug, session.slug])
    back = request.POST.get("back", "")
    back = back if back.startswith(live_page) else live_page
    if request.htmx:  # type: ignore[attr-defined]
        context: dict[str, Any] = {"edition": session.edition, "session": session, "participant": participant}
        if back.partition("?")[0] == live_page:
            context |= live_context(request, live(session, timezone.now()))
        with timezone.override(session.edition.zone):
            page = "admin/attendance/_here_answer.html"
            status = 409 if answer["problem"] else 200
            return render(request, page, {**context, **answer, "back": back}, status=status)
    cell_page = reverse("attendance-staff:cell", args=[session.edition.slug, participant.pk, session.slug])
    text = answer["problem"] or sentence % {"who": participant}
    link = format_html('{} <a href="{}">{}</a>', text, cell_page, _("See why"))
    messages.add_message(request, messages.ERROR if answer["problem"] else messages.SUCCESS, link)
    return redirect(back)


def here_key(session: Session) -> str:
    """Return the key of the visitor's session for the person they recorded last."""
    return f"here:{session.pk}"


def has_vouched(request: HttpRequest, session: Session, pk: int) -> bool:
    """Return whether the visitor's word that a person is at the session counts."""
    return Evidence.objects.effective().vouched_by(signed_in(request)).filter(session=session, participant=pk).exists()


def just_recorded(request: HttpRequest, session: Session) -> Participant | None:
    """Return the person whom the visitor recorded last as here; None if there is none, or this is undone."""
    pk = request.session.get(here_key(session))
    if pk is None or not has_vouched(request, session, pk):
        return None
    return access.any_participant(session.edition, pk)


@cache_control(private=True, no_cache=True)
@require_safe
def live_now(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponseBase:
    """Return the part that the page asks for every five seconds; 304 if nothing has changed."""
    programme, session = access.shared_session(request.user, edition_slug, session_slug, access.SEE)
    now = timezone.now()
    viewer = (request.user.pk, request.user.has_perm(access.NUDGE))
    # Before what it stands for: a change between the two shows with the next request.
    etag = tag_of(session, programme.version, now, viewer)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        with timezone.override(session.edition.zone):
            response = render(request, "admin/attendance/_live.html", live_context(request, live(session, now)))
    response["ETag"] = etag
    return response


def live_context(request: HttpRequest, current: Live) -> dict[str, Any]:
    """Return what the part that updates itself shows."""
    return {
        "edition": current.session.edition,
        "session": current.session,
        "live": current,
        "window": current.window.value,
        "can_nudge": request.user.has_perm(access.NUDGE) and can_be_nudged(current.session, current.now),
    }


@never_cache
@require_safe
def live_people(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show who is or was at the session, city by city, those that have nobody there first."""
    session, now = access.staff_session(request.user, edition_slug, session_slug, access.SEE), timezone.now()
    page = Paginator(missing_first(session), CITIES_PER_PAGE).get_page(request.GET.get("page"))
    context = page_context(request, _("People at %(session)s") % {"session": session}) | {
        "edition": session.edition,
        "session": session,
        "page": page,
        "cities": people_of(session, page.object_list, now),
        "has_started": minutes_on(session, now) >= 0,
        "records_here": records_here(request, session),
    }
    if context["records_here"]:
        context["recorded"] = just_recorded(request, session)
    with timezone.override(session.edition.zone):
        return render(request, "admin/attendance/live_people.html", context)


@require_POST
def live_nudge(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show how many would get which email, and the first of them; then send the emails."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.NUDGE)
    if "apply" not in request.POST:
        missing, n = unseen_at(session, NAMED), n_missing(session)
        context = page_context(request, _("Email missing people")) | {
            "edition": session.edition,
            "session": session,
            "missing": missing,
            "n": n,
            "n_more": n - len(missing),
            "sample": [nudge_to(it, session, is_sample=True) for it in missing[:1]],
        }
        with timezone.override(session.edition.zone):
            return render(request, "admin/attendance/nudge.html", context)
    try:
        n = nudge_missing(session=session, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        if n:
            messages.success(request, ngettext("Sending %(n)s email.", "Sending %(n)s emails.", n) % {"n": n})
        else:
            messages.info(request, _("Everybody missing has already been sent an email."))
    return redirect("attendance-staff:live", edition_slug, session_slug)
