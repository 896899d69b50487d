"""The people whom a platform reports in a session's meeting, and who they are."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import access
from attendance.actions.meeting_identities import Choice, Verdict
from attendance.actions.platform_people import choose_platform_people
from attendance.forms.reported_people import PersonForm, choices_of, saved_text, typed_in
from attendance.models import PlatformPerson
from attendance.queries.platform_people import applied_reports, is_to_choose, minutes_of, people_in_meeting, suggested
from attendance.queries.report_roster import People
from attendance.views.board import page_context
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.requests import signed_in

MOST_FORMS = 100
LONGEST_NUMBER = 18  # digits, of a primary key


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def in_meeting(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show who is in the meeting, and save who they are: all the choices of the page, or none if one is wrong. Or undo one decision."""
    session = access.staff_session(request.user, edition_slug, session_slug, access.REPORT)
    if "wrong" in request.POST:
        leave_open(request, session)
        return redirect("attendance-staff:in-meeting", edition_slug, session_slug)
    people = people_in_meeting(session)
    roster = People(session.edition, typed_in(request.POST))
    forms = forms_of(session, [it for it in people if is_to_choose(it)], roster, request.POST or None)
    if request.method == "POST":
        if not [form for form in forms if not form.is_valid()]:
            choices = choices_of(forms)
            save_choices(request, session, choices, saved_text(choices))
            return redirect("attendance-staff:in-meeting", edition_slug, session_slug)
        return page(request, session, people, roster, forms, status=422)
    return page(request, session, people, roster, forms)


def leave_open(request: HttpRequest, session: Session) -> None:
    """Undo what the page showed, and say so. It is "person:participant", so that a later match is not undone; "person:" if it is nobody."""
    pk, _colon, participant = request.POST["wrong"].partition(":")
    if not is_number(pk) or not (is_number(participant) or not participant):
        raise Http404
    person = get_object_or_404(PlatformPerson, session=session, pk=pk)
    person.participant_id = int(participant) if participant else None
    text = _("Undone: %(name)s. Choose who it is, or leave it open.") % {"name": person}
    save_choices(request, session, [Choice(person, Verdict.OPEN)], text)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def forms_of(session: Session, people: list[PlatformPerson], roster: People, data: Any) -> list[PersonForm]:
    shown = people[:MOST_FORMS]
    likely = suggested(shown, session)
    return [
        PersonForm(data, person=it, suggested=likely[it.pk], find_participant=roster.find)
        for it in shown
        if data is None or f"{it.pk}-who" in data  # who came since the page was made is not on it
    ]


def save_choices(request: HttpRequest, session: Session, choices: list[Choice[PlatformPerson]], text: str) -> None:
    """Save what was chosen, and say so with `text`."""
    try:
        if choices:
            choose_platform_people(session=session, choices=choices, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, text)


def page(
    request: HttpRequest,
    session: Session,
    people: list[PlatformPerson],
    roster: People,
    forms: list[PersonForm],
    *,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    by_pk = {form.person.pk: form for form in forms}
    context = page_context(request, _("People in the meeting of %(session)s") % {"session": session}) | {
        "edition": session.edition,
        "session": session,
        "people": roster,
        "forms": [(it, minutes_of(it, now), by_pk[it.pk]) for it in people if it.pk in by_pk],
        "n_more": sum(is_to_choose(it) for it in people) - len(forms),
        "is_refused": status == HTTPStatus.UNPROCESSABLE_ENTITY,
        "report": applied_reports(session).last(),
        "decided": [(it, minutes_of(it, now)) for it in people if not is_to_choose(it)],
    }
    with timezone.override(session.edition.zone):
        return render(request, "admin/attendance/in_meeting.html", context, status=status)
