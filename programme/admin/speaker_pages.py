"""Speakers for organisers: by session with their answers, adding, ordering, asking and taking off (decision 74)."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme.access import staff_edition
from programme.actions.speakers import (
    add_speaker,
    ask_speaker,
    change_part,
    change_speaker,
    move_speaker,
    remove_speaker,
    renew_speaker_link,
)
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.speakers import NewSpeakerForm, SpeakerForm
from programme.material_access import staff_row, staff_speaker
from programme.models import Edition, SessionSpeaker, Speaker
from programme.panels import EMAIL_PLANS, EmailPlan, PlannedEmails
from programme.queries.speakers import planned_reminders, sessions_of, sessions_with_speakers
from programme.rules.local_times import local_day
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

VIEW, ADD, CHANGE = (f"programme.{verb}_speaker" for verb in ("view", "add", "change"))
LIST = "programme-staff:speakers"


@never_cache
@require_safe
def speakers(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the sessions with their speakers, and who has answered."""
    edition = staff_edition(request.user, edition_slug, VIEW)
    listed = sessions_with_speakers(edition)
    context = {
        "title": _("Speakers"),
        "listed": [it for it in listed if it.speakers],
        "n_without": sum(not it.speakers for it in listed),
    }
    return page(request, edition, "admin/programme/speakers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def speaker_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, ADD)
    form = NewSpeakerForm(request.POST or None, edition=edition, initial={"session": request.GET.get("session")})
    if request.method == "POST" and form.is_valid():
        session, part = form.cleaned_data["session"], form.cleaned_data["part"]
        session.edition = edition
        try:
            row = add_speaker(session=session, person=form.person, part=part, by=signed_in(request))
        except ProgrammeError as error:
            form.add_error("email", form_error(error))
        else:
            messages.success(request, _("%(name)s has been added. Send the invitation below.") % {"name": row.speaker})
            return redirect(LIST, edition.slug)
    context = {"title": _("Add a speaker"), "form": form, "button": _("Add")}
    return page(request, edition, "admin/programme/speaker_form.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def speaker(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Show what a speaker has answered, and change what organisers have entered."""
    person = staff_speaker(request.user, edition_slug, pk, CHANGE)
    form = SpeakerForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            change_speaker(speaker=person, seen=form.cleaned_data["seen"])
        except NotAsReadError as error:
            present = staff_speaker(request.user, edition_slug, pk, CHANGE)
            form = SpeakerForm({**request.POST.dict(), "seen": present.seen}, instance=person)
            form.add_error(None, form_error(error))
            return speaker_form(request, present, form, present=present, status=409)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("“%(name)s” has been saved.") % {"name": person})
            return redirect(LIST, edition_slug)
    return speaker_form(request, person, form, status=422 if form.errors else 200)


def speaker_form(
    request: HttpRequest, person: Speaker, form: SpeakerForm, *, present: Speaker | None = None, status: int
) -> HttpResponse:
    """Show a speaker's page. `present`: the speaker as somebody else has saved them meanwhile."""
    context = {
        "title": str(person),
        "form": form,
        "speaker": person,
        "present": present,
        "rows": sessions_of(person),
        "button": _("Save"),
    }
    return page(request, person.edition, "admin/programme/speaker_form.html", context, status=status)


@require_POST
def speaker_ask(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Send a speaker the invitation, or a reminder of it."""
    person = staff_speaker(request.user, edition_slug, pk, CHANGE)
    return after(request, person, lambda: ask(request, person))


def ask(request: HttpRequest, person: Speaker) -> str:
    ask_speaker(speaker=person, by=signed_in(request))
    return _("%(name)s gets an email with a personal link.") % {"name": person}


@require_POST
def speaker_renew(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """End the link that a speaker has."""
    person = staff_speaker(request.user, edition_slug, pk, CHANGE)
    renew_speaker_link(speaker=person)
    text = _("The link that %(name)s had no longer works. The next invitation has a new one.")
    messages.success(request, text % {"name": person})
    return redirect(LIST, edition_slug)


@require_POST
def speaker_change(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Move somebody among the speakers of a session (`up`, `down`), change their part, or take them off."""
    row = staff_row(request.user, edition_slug, pk)
    return after(request, row.speaker, lambda: changed(row, request.POST))


def changed(row: SessionSpeaker, posted: Any) -> str:
    """Do what was posted. Return what is said of it; empty if the page shows it."""
    if "up" in posted or "down" in posted:
        move_speaker(row=row, up="up" in posted)
        return ""
    if "part" in posted:
        change_part(row=row)
        return ""
    remove_speaker(row=row)
    return _("%(name)s no longer speaks at “%(session)s”.") % {"name": row.speaker, "session": row.session}


def after(request: HttpRequest, person: Speaker, action: Callable[[], str]) -> HttpResponse:
    """Run an action, say what it returns or why it was refused, and go back to the list."""
    try:
        if said := action():
            messages.success(request, said)
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect(LIST, person.edition.slug)


def page(
    request: HttpRequest, edition: Edition, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    more = {"edition": edition, "may_change": request.user.has_perm(CHANGE), "now": timezone.now()}
    context = admin.site.each_context(request) | more | context
    with timezone.override(edition.zone):
        return TemplateResponse(request, template, context, status=status).render()


def planned(user: User, edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield the reminders of speakers that leave by themselves, all of a day together. One query."""
    if not user.has_perm(VIEW):
        return
    quiet = edition.quiet_hours
    moments = sorted(quiet.end_after(it, edition.zone) for it in planned_reminders(edition, now))
    url = reverse(LIST, args=[edition.slug])
    for _day, of_day in groupby(moments, key=lambda at: local_day(at, edition.zone)):
        same = list(of_day)
        yield PlannedEmails(same[0], _("Reminders of speakers who have not answered"), url, len(same))


def register() -> None:
    EMAIL_PLANS.append(EmailPlan(planned, lambda _edition, emails, _now: [int(it.about) for it in emails]))
