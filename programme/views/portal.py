"""A participant's pages: the portal with the next session and the to-dos, and the profile."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme import access, panels
from programme.actions.profiles import update_profile
from programme.actions.registrations import withdraw
from programme.errors import ProgrammeError
from programme.forms.answers import ProfileForm, answers_of, typed_answers
from programme.forms.questions import initial_own
from programme.models import Application, Edition, Participant
from programme.queries.action_plans import own_steps
from programme.queries.answers import answers_by_key, colleagues_without_answers, unanswered_in
from programme.queries.coming import own_question
from programme.queries.own_days import own_sessions_and_breaks
from programme.queries.participant_programme import OwnProgramme
from programme.queries.participants import participations_of
from programme.queries.seat_choices import choices_in
from programme.queries.todos import todos_of
from programme.views import form_recovery
from programme.views.answer_files import posted_with_files
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_safe
@login_required
def portal_home(request: HttpRequest) -> HttpResponse:
    """Redirect to the user's only edition, or list their editions and those open for registration."""
    user = signed_in(request)
    participations = list(participations_of(user))
    if not participations and (landing := panels.landing_of(user)):
        return redirect(landing)
    if len(participations) == 1 and not (user.is_staff or participations[0].has_applied):
        return redirect("programme:portal", participations[0].edition.slug)
    now = timezone.now()
    editions = Edition.objects.published().not_over(now).with_draft_of(user).with_application_of(user)
    open_editions = [edition for edition in editions if edition.is_open(now)]
    taken = {participation.edition_id for participation in participations}
    open_editions = [edition for edition in open_editions if edition.pk not in taken]
    context = {
        "applied": [
            (it, Application.State(it.application).label) for it in editions if it.application and it.takes_applications
        ],
        "participations": participations,
        "open_editions": open_editions,
        "has_draft": any(edition.has_draft for edition in open_editions),
    }
    return render(request, "programme/portal_home.html", context)


@never_cache
@require_safe
@login_required
def portal(request: HttpRequest, edition_slug: str) -> HttpResponse:
    programme = access.programme_of(request.user, edition_slug)
    participant, edition = programme.participant, programme.edition
    context: dict[str, Any] = {"participant": participant, "edition": edition}
    if not participant.is_registered:
        now = timezone.now()
        context |= {"is_open": edition.is_open(now), "is_over": edition.is_over(now), "position": programme.position}
        return render(request, "programme/portal_waiting.html", context)
    return registered_page(request, programme, context)


def registered_page(request: HttpRequest, programme: OwnProgramme, context: dict[str, Any]) -> HttpResponse:
    participant, now = programme.participant, timezone.now()
    sessions, choices = own_sessions_and_breaks(programme), choices_in(programme.sessions, programme.seats, now)
    steps = own_steps(programme, now)
    context |= {
        "now": now,
        "programme": programme,
        "plan_steps": steps,
        "choices": choices,
        "soon": now + dt.timedelta(minutes=1),
        "next_session": next((it for it in sessions if it.is_ahead(now) and not it.is_break), None),
        "todos": todos_of(
            participant,
            choices,
            now,
            own_question(programme, now),
            unanswered=unanswered_in(programme, now),
            colleagues=colleagues_without_answers(programme, now),
            steps=steps,
        ),
        "n_pending": sum(it.is_pending for it in programme.team) if participant.is_coordinator else 0,
        "n_waiting": sum(it.is_waiting for it in programme.team) if participant.is_coordinator else 0,
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/portal.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(typed_answers)
def profile(request: HttpRequest, edition_slug: str) -> HttpResponse:
    user = signed_in(request)
    participant = access.own_participation(user, edition_slug)
    programme = access.existing_programme(access.existing_state(edition_slug))
    present = answers_by_key(participant, programme.questions)
    own = initial_own(programme.questions, present)
    is_sent = request.method == "POST"
    posted = posted_with_files(request, programme.questions, user, present=own) if is_sent else None
    initial = answers_of(participant) | own | form_recovery.saved_answers(request, user)
    form = ProfileForm(
        posted and posted.answers, programme=programme, participant=participant, present=present, initial=initial
    )
    form.refused_files = posted.refused if posted else {}
    if form.is_valid() and profile_saved(form, participant, user):
        form_recovery.forget(request)
        messages.success(request, _("Your profile has been saved."))
        return redirect("programme:portal", edition_slug)
    signature = form_recovery.signature_of(user)
    context = {"participant": participant, "edition": participant.edition, "form": form, "typed_by": signature}
    return render(request, "programme/profile.html", context, status=422 if form.is_bound else 200)


def profile_saved(form: ProfileForm, participant: Participant, user: User) -> bool:
    """Save a valid form. Return False if that is not possible, with the error on the form."""
    try:
        update_profile(participant=participant, answers=form.answers(), by=user)
    except ProgrammeError as error:
        form.add_error(None, form_error(error))
    return not form.errors


@require_POST
@form_recovery.login_required_returning_to("programme:profile")
def profile_withdraw(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Withdraw the user from the edition."""
    user = signed_in(request)
    participant = access.own_participation(user, edition_slug)
    try:
        was_waiting = participant.is_waiting
        if withdraw(participant=participant, by=user):
            left = _("You have left the waiting list. We have sent you an email to confirm it.")
            withdrawn = _("You have withdrawn. We have sent you an email to confirm it.")
            messages.success(request, left if was_waiting else withdrawn)
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:portal", edition_slug)
