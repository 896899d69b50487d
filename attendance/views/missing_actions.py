"""What organisers do about people who missed a core session: write to them, ask coordinators, excuse, record make-ups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from attendance import access
from attendance.actions.chasers import written_to_absent
from attendance.actions.decisions import ChangedMeanwhileError, decide, recorded_in
from attendance.actions.missing import ask_coordinators, question_to, write_to_missing
from attendance.forms.missing import Chosen, ExcuseForm, MakeUpForm
from attendance.models import Decision
from attendance.queries.missing import MissingCity, MissingPerson, missing_in
from attendance.views.board import add_changes, page_context, report_decided
from attendance.wording import times_of
from programme.errors import ProgrammeError
from programme.models import Edition, Participant, Session
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import Confirmation
from udtacademy.errors import form_error
from udtacademy.outbox.models import Message

MOST_PEOPLE = 2000  # at once
CHANGED = gettext_lazy(
    "This has changed since you opened the page. Nothing was done. Check the page, then confirm again."
)


@dataclass
class Choice:
    """The people chosen of a session's missing people, and those left out, each with the reason."""

    session: Session
    chosen: Chosen
    people: list[tuple[MissingCity, MissingPerson]] = field(default_factory=list)
    left_out: list[tuple[Any, str]] = field(default_factory=list)
    n_gone: int = 0  # no longer missing, or of another edition

    @property
    def participants(self) -> list[Participant]:
        return [person.participant for _city, person in self.people]


def choice_of(request: HttpRequest, session: Session, why_not: Callable[[MissingCity, MissingPerson], str]) -> Choice:
    """Return who was chosen in the form. `why_not`: why somebody is left out; "" if they are not."""
    choice = Choice(session, Chosen.of(request.POST))
    cities = missing_in(session) if choice.chosen and times_of(session).has_ended(timezone.now()) else []
    missing = {it.participant.pk for city in cities for it in (*city.people, *city.late)}
    choice.n_gone = len(choice.chosen.seen.keys() - missing)
    for city in cities:
        for person in (*city.people, *city.late):
            if not choice.chosen.includes(city, person):
                continue
            if reason := why_not(city, person):
                choice.left_out.append((f"{person.participant}, {city.delegation}", reason))
            else:
                choice.people.append((city, person))
    return choice


def why_not_asked(_city: MissingCity, person: MissingPerson) -> str:
    return _("registered after the session") if person.is_late else ""


def why_not_decided(_city: MissingCity, person: MissingPerson) -> str:
    return _("has sent a request: answer it") if person.request else ""


def why_not_written(city: MissingCity, person: MissingPerson) -> str:
    """Return why somebody gets no email, as `queries.chasers.missed` has it."""
    if person.is_late:
        return why_not_asked(city, person)
    if person.request:
        return why_not_decided(city, person)
    if person.is_covered:
        return _("the record of who held the place before counts")
    if person.written:
        return _("has already been emailed")
    is_enough = person.participant.edition.attendance_rule == Edition.AttendanceRule.EACH_CITY
    return _("their city was represented") if is_enough and city.n_there else ""


@require_POST
def missing_write(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Email the people chosen how to make up the session, once the emails are agreed to."""
    session = access.missed_session(request.user, edition_slug, session_slug, access.NUDGE)
    choice = choice_of(request, session, why_not_written)
    pks = [it.pk for it in choice.participants]
    text = ngettext(
        "%(n)s person gets an email about the session they missed.",
        "%(n)s people get an email about the session they missed.",
        len(pks),
    )
    mailing = Mailing(
        title=_("Write to people who missed a session"),
        sentences=(text % {"n": len(pks)},) if pks else (),
        effects=tuple(("missed", pk) for pk in pks),
        names=[f"{it} ({it.user.email}), {it.delegation}" for it in choice.participants],
        sample=written_to_absent(session, choice.participants[:1]),
        send=lambda: write_to_missing(session=session, people=pks, by=signed_in(request)),
    )
    return mailing_page(request, choice, mailing)


@require_POST
def missing_ask(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Ask the coordinators of the people chosen about everybody of their cities who is missing."""
    session = access.missed_session(request.user, edition_slug, session_slug, access.NUDGE)
    choice = choice_of(request, session, why_not_asked)
    cities = list({city.delegation.pk: city for city, _person in choice.people}.values())
    asked = [it for it in cities if not it.why_not_asked]
    choice.left_out += [(it.delegation, it.why_not_asked) for it in cities if it.why_not_asked]
    readers = [(city, reader) for city in asked for reader in city.to_ask]
    text = ngettext(
        "%(n)s coordinator is asked about everybody of their city who is missing.",
        "%(n)s coordinators are asked about everybody of their cities who is missing.",
        len(readers),
    )
    pks = [it.delegation.pk for it in asked]
    mailing = Mailing(
        title=_("Ask the coordinators"),
        sentences=(text % {"n": len(readers)},) if readers else (),
        effects=tuple((reader.pk, *(person.pk for person in city.to_ask_about)) for city, reader in readers),
        names=[f"{city.delegation}, {reader}: {', '.join(map(str, city.to_ask_about))}" for city, reader in readers],
        sample=[question_to(reader, city, session) for city, reader in readers[:1]],
        send=lambda: ask_coordinators(session=session, cities=pks, by=signed_in(request)),
    )
    return mailing_page(request, choice, mailing)


@dataclass(frozen=True)
class Mailing:
    """Emails to agree to. `names`: who gets one; `effects`: who gets which, as is agreed to; `send` returns how many it sent."""

    title: str
    sentences: tuple[str, ...]
    effects: tuple[Any, ...]
    names: Sequence[str]
    sample: Sequence[Message]
    send: Callable[[], int]


def mailing_page(request: HttpRequest, choice: Choice, mailing: Mailing) -> HttpResponse:
    """Ask whether to send emails, and send them once they are agreed to: all or none."""
    if refusal := refused(request, choice):
        return refusal
    confirmation = Confirmation(mailing.sentences, mailing.effects, n_emails=len(mailing.effects))
    is_agreed = bool(mailing.effects) and confirmation.is_agreed_to(request.POST)
    problem = "" if is_agreed or "apply" not in request.POST else str(CHANGED)
    if is_agreed and "apply" in request.POST:
        try:
            n = mailing.send()
        except ProgrammeError as error:
            problem = str(error)
        else:
            messages.success(request, ngettext("Sending %(n)s email.", "Sending %(n)s emails.", n) % {"n": n})
            return back_to(choice.session)
    context = {"mailing": mailing, "confirmation": confirmation, "problem": problem}
    return question(request, choice, mailing.title, context, 409 if problem else 200)


@require_POST
def missing_excuse(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Excuse the people chosen, with a reason."""
    session = access.missed_session(request.user, edition_slug, session_slug, access.DECIDE)
    return decision_page(request, session, _("Excuse people"), Decision.Outcome.EXCUSED, ExcuseForm)


@require_POST
def missing_make_up(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Record what the people chosen did instead."""
    session = access.missed_session(request.user, edition_slug, session_slug, access.DECIDE)
    return decision_page(request, session, _("Record a make-up"), Decision.Outcome.MADE_UP, MakeUpForm)


def decision_page(
    request: HttpRequest, session: Session, title: str, outcome: str, form_class: type[forms.Form]
) -> HttpResponse:
    """Ask for the reason of a decision about the people chosen, and save it: about all of them or nobody."""
    choice = choice_of(request, session, why_not_decided)
    if refusal := refused(request, choice):
        return refusal
    form = form_class(request.POST if "apply" in request.POST else None)
    status = 422 if form.is_bound else 200
    cells = [(participant, session) for participant in choice.participants]
    if form.is_valid() and (choice.n_gone or choice.left_out or not cells):
        form.add_error(None, CHANGED)
        status = 409
    elif form.is_valid():
        seen = {(session.pk, pk): state for pk, state in choice.chosen.seen.items()}
        try:
            batch, n = decide(
                cells=cells, outcome=outcome, reason=form.cleaned_data["reason"], by=signed_in(request), seen=seen
            )
        except ChangedMeanwhileError as error:
            add_changes(form, error, session.edition)
            status = 409
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
            status = 409
        else:
            report_decided(request, session.edition, batch, n)
            return back_to(session)
    recorded = recorded_in(cells)
    shown = [(it, recorded[session.pk, it.pk].seen) for it in choice.participants]
    return question(request, choice, title, {"form": form, "shown": shown}, status)


def refused(request: HttpRequest, choice: Choice) -> HttpResponse | None:
    """Return the way back if nobody, or too many, were chosen; else None."""
    if not choice.chosen:
        messages.error(request, _("Select at least one person first. Nothing was done."))
    elif len(choice.people) > MOST_PEOPLE:
        text = _("Select at most %(n)s people at a time. Nothing was done.")
        messages.error(request, text % {"n": MOST_PEOPLE})
    else:
        return None
    return back_to(choice.session)


def back_to(session: Session) -> HttpResponse:
    return redirect("attendance-staff:missing", session.edition.slug, session.slug)


def question(request: HttpRequest, choice: Choice, title: str, context: dict[str, Any], status: int) -> HttpResponse:
    """Show the question with who is left out."""
    about = {"edition": choice.session.edition, "session": choice.session, "choice": choice}
    page = page_context(request, title) | about | context
    with timezone.override(choice.session.edition.zone):
        return render(request, "admin/attendance/missing_question.html", page, status=status)
