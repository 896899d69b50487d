"""Pages with which a city applies: address, questions, check, and the state of the application. Answers are saved at each step."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme import access
from programme.actions.applications import apply_for_city, save_application_draft, withdraw_application
from programme.errors import ProgrammeError
from programme.forms.applications import ApplicationForm, initial_of, typed_application
from programme.forms.privacy import KEPT_WITH_APPLICATION, ORGANISERS, Privacy
from programme.models import Application, ApplicationDraft, Edition
from programme.queries.application_decisions import way_in_of
from programme.queries.applications import (
    application_answers,
    application_of,
    draft_of,
    shown_application_answers,
)
from programme.queries.published_programme import PublishedProgramme
from programme.views import form_recovery
from programme.views.sign_in_codes import code_sent
from udtacademy.accounts.forms.sign_in import EmailForm
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.http.error_pages import shown_again_by
from udtacademy.http.rate_limits import limited


def apply_again(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the form again whose CSRF token is from before the visitor signed in again."""
    programme = access.programme_with_applications(request.user, edition_slug)
    if not isinstance(request.user, User):
        form_recovery.save_answers(request, typed_application(request.POST))
        return start_page(request, programme.edition, EmailForm(initial={"email": request.POST.get("email", "")}), 403)
    application = application_of(request.user, programme.edition)
    if response := nothing_to_send(request, programme.edition, application):
        return response
    messages.warning(request, _("You have signed in again. Check what you entered, then send it again."))
    form = form_for(programme, application, initial=typed_application(request.POST))
    return form_page(request, draft_of(request.user, programme.edition), application, form, 403)


@shown_again_by(apply_again)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("apply", person=60, each=2)
def apply(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Ask for the address, then for what the city applies with. Who has applied sees their application."""
    programme = access.programme_with_applications(request.user, edition_slug)
    edition, user = programme.edition, request.user
    if not isinstance(user, User):
        return sign_in_first(request, edition)
    application, draft = application_of(user, edition), draft_of(user, edition)
    if response := nothing_to_send(request, edition, application):
        if request.method == "POST":
            save_application_draft(draft, typed_application(request.POST))
        return response
    if request.method == "POST":
        return take_answers(request, programme, application, draft)
    if application and application.state != Application.State.WITHDRAWN and "change" not in request.GET:
        return redirect("programme:application", edition.slug)
    present = application_answers(application, programme.questions)
    sent = {"name": user.name} | initial_of(application, programme, present)
    initial = {**sent, **draft.answers, **form_recovery.saved_answers(request, user)}
    return form_page(request, draft, application, form_for(programme, application, present, initial=initial))


def take_answers(
    request: HttpRequest, programme: PublishedProgramme, sent: Application | None, draft: ApplicationDraft
) -> HttpResponse:
    """Save posted answers as a draft, and lead on to checking them."""
    save_application_draft(draft, typed_application(request.POST))
    form_recovery.forget(request)
    if request.POST.get("action") == "save":
        messages.success(request, _("Saved. Come back to this page on any device to continue."))
        return redirect(f"{request.path}?change")
    form = form_for(programme, sent, data=request.POST)
    if not form.is_valid():
        return form_page(request, draft, sent, form, 422)
    return redirect("programme:apply-check", programme.edition.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def apply_check(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the answers; a POST sends the application."""
    programme = access.programme_with_applications(request.user, edition_slug)
    edition, user = programme.edition, signed_in(request)
    application, draft = application_of(user, edition), draft_of(user, edition)
    if response := nothing_to_send(request, edition, application):
        return response
    form = form_for(programme, application, data=draft.answers)
    if not form.is_valid():
        if request.method == "POST" and draft.answers:  # as when a question has just been added
            return form_page(request, draft, application, form, 422)
        return redirect("programme:apply", edition.slug)
    problem = ""
    if request.method == "POST":
        try:
            apply_for_city(edition=edition, answers=form.answers(), by=user)
        except ProgrammeError as error:
            problem = str(error)
        else:
            say_sent(request, application)
            return redirect("programme:application", edition.slug)
    context = {"edition": edition, "draft": draft, "rows": form.rows(), "problem": problem, "application": application}
    return render(request, "programme/apply_check.html", context, status=409 if problem else 200)


@never_cache
@require_safe
@login_required
def application(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the visitor's application and its state, as they were told."""
    programme = access.programme_with_applications(request.user, edition_slug)
    sent = access.own_application(request.user, programme.edition)
    context = {
        "edition": programme.edition,
        "application": sent,
        "answers": shown_application_answers(sent),
        "is_open": programme.edition.can_apply(timezone.now()),
        "way_in": way_in_of(sent).value if sent.told_state == Application.State.ACCEPTED else "",
        "has_draft": ApplicationDraft.objects.filter(user=signed_in(request), edition=programme.edition).exists(),
    }
    with timezone.override(programme.edition.zone):
        return render(request, "programme/application.html", context)


@require_POST
@form_recovery.login_required_returning_to("programme:application")
def application_withdraw(request: HttpRequest, edition_slug: str) -> HttpResponse:
    programme = access.programme_with_applications(request.user, edition_slug)
    access.own_application(request.user, programme.edition)
    try:
        if withdraw_application(edition=programme.edition, by=signed_in(request)):
            messages.success(request, _("Your application has been withdrawn."))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:application", edition_slug)


def say_sent(request: HttpRequest, before: Application | None) -> None:
    if before is None or before.state == Application.State.WITHDRAWN:
        messages.success(request, _("Your application has been sent. We have sent you an email to confirm it."))
    else:
        messages.success(request, _("Your changes have been sent."))


def say_not_changed(request: HttpRequest, sent: Application) -> None:
    if sent.is_decided:
        text = _("The organisers have decided, so your application can no longer be changed.")
    else:
        text = _("Applications are closed, so your application can no longer be changed.")
    messages.error(request, text)


def form_for(
    programme: PublishedProgramme, sent: Application | None, present: Any = None, **kwargs: Any
) -> ApplicationForm:
    """Return the form. `present`: the answers sent before, by key, if read already."""
    present = application_answers(sent, programme.questions) if present is None else present
    return ApplicationForm(programme=programme, present=present, **kwargs)


def nothing_to_send(request: HttpRequest, edition: Edition, sent: Application | None) -> HttpResponse | None:
    """Redirect to an application that cannot be changed; show that applications are closed; otherwise None."""
    if sent and not (sent.is_changeable and edition.can_apply(timezone.now())):
        if request.method == "POST":
            say_not_changed(request, sent)
        return redirect("programme:application", edition.slug)
    return None if edition.can_apply(timezone.now()) else closed_page(request, edition)


def sign_in_first(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Ask for the address, and keep the answers of somebody whose session has expired."""
    is_saved = request.method == "POST" and form_recovery.save_answers(request, typed_application(request.POST))
    if not edition.can_apply(timezone.now()):
        return closed_page(request, edition)
    if request.method != "POST":
        return start_page(request, edition, EmailForm())
    here = reverse("programme:apply", args=[edition.slug])
    if is_saved:
        messages.warning(
            request, _("You were signed out. What you entered is kept here for half an hour: sign in to continue.")
        )
        return redirect(here)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return start_page(request, edition, form, 422)
    return code_sent(request, form, here) or start_page(request, edition, form, 429)


# Pages


def start_page(request: HttpRequest, edition: Edition, form: EmailForm, status: int = 200) -> HttpResponse:
    form.fields["email"].help_text = _("Use your work address: we send you a code now, and the answer later.")
    form.fields["email"].privacy = Privacy(ORGANISERS, KEPT_WITH_APPLICATION)  # type: ignore[attr-defined]
    context = {"edition": edition, "form": form}
    with timezone.override(edition.zone):
        return render(request, "programme/apply_start.html", context, status=status)


def form_page(
    request: HttpRequest,
    draft: ApplicationDraft,
    sent: Application | None,
    form: ApplicationForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "edition": draft.edition,
        "draft": draft,
        "application": sent if sent and sent.state != Application.State.WITHDRAWN else None,
        "form": form,
        "typed_by": form_recovery.signature_of(draft.user),
    }
    with timezone.override(draft.edition.zone):
        return render(request, "programme/apply_form.html", context, status=status)


def closed_page(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Show that applications are not open, and since or until when. It answers 403 to what was sent."""
    now = timezone.now()
    context = {
        "edition": edition,
        "window": "over" if edition.is_over(now) else edition.applications_window(now).value,
        "is_saved": request.method == "POST" and request.user.is_authenticated,
    }
    with timezone.override(edition.zone):
        return render(request, "programme/apply_closed.html", context, status=403 if request.method == "POST" else 200)
