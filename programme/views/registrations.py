"""Registration pages: address, questions, check, done. Answers are saved as a draft at each step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.invitations import usable
from programme.actions.registration_drafts import save_draft
from programme.actions.registrations import register as register_person
from programme.errors import ProgrammeError
from programme.forms.answers import RegistrationForm, answers_about, answers_of, typed_answers
from programme.forms.privacy import add_privacy
from programme.forms.questions import initial_own
from programme.models import Edition, Invitation, Participant, RegistrationDraft
from programme.queries.answers import answers_by_key
from programme.queries.editions import dates_of_edition
from programme.queries.published_programme import PublishedProgramme
from programme.queries.quotas import position_of
from programme.queries.registering import Applicant, find_applicant, gains_by, prospect_of
from programme.rules.questions import Answer
from programme.views import form_recovery
from programme.views.answer_files import posted_with_files
from programme.views.sign_in_codes import code_sent
from udtacademy.accounts.forms.sign_in import EmailForm
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.http.error_pages import shown_again_by
from udtacademy.http.rate_limits import limited


def register_again(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show a form again whose CSRF token is from before the visitor signed in again."""
    programme = access.visible_programme(request.user, edition_slug)
    edition = programme.edition
    if not isinstance(request.user, User):
        form_recovery.save_answers(request, typed_answers(request.POST))
        return start_page(request, edition, EmailForm(initial={"email": request.POST.get("email", "")}), status=403)
    applicant = applicant_of(request, request.user, edition)
    if is_finished(applicant) or not edition.is_open(timezone.now()):
        return redirect("programme:register", edition.slug)
    messages.warning(request, form_recovery.what_to_check(request))
    form = form_for(programme, applicant, initial=typed_answers(request.POST))
    return form_page(request, applicant.draft, form, status=403)


@shown_again_by(register_again)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("register", person=60, each=2)
def register(request: HttpRequest, edition_slug: str) -> HttpResponse:
    programme = access.visible_programme(request.user, edition_slug)
    edition, user = programme.edition, request.user
    if not isinstance(user, User):
        return sign_in_first(request, edition)
    applicant = applicant_of(request, user, edition)
    if response := nothing_to_register(request, applicant):
        return response
    draft, present = applicant.draft, answers_by_key(applicant.participant, programme.questions)
    own = initial_own(programme.questions, present)
    if request.method != "POST":
        initial = initial_answers(request, applicant, own)
        return form_page(request, draft, form_for(programme, applicant, present, initial=initial))
    posted = posted_with_files(request, programme.questions, user, present=own | draft.answers)
    save_draft(draft, typed_answers(posted.answers))
    form_recovery.forget(request)
    if request.POST.get("action") == "save" and not posted.refused:
        messages.success(request, _("Saved. Come back to this page on any device to continue."))
        return redirect("programme:register", edition.slug)
    form = form_for(programme, applicant, present, data=posted.answers)
    form.refused_files = posted.refused
    if not form.is_valid():
        return form_page(request, draft, form, status=422)
    return redirect("programme:register-check", edition.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def register_check(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the answers; a POST registers, or adds to the city's waiting list if its quota is used up."""
    programme = access.visible_programme(request.user, edition_slug)
    edition, user = programme.edition, signed_in(request)
    applicant = applicant_of(request, user, edition)
    if response := nothing_to_register(request, applicant):
        return response
    draft = applicant.draft
    if request.method == "POST" and applicant.has_lost_invitation:  # the city shown was that of the invitation
        return redirect("programme:register-check", edition.slug)
    form = form_for(programme, applicant, data=draft.answers)
    if not form.is_valid():
        return incomplete(request, draft, form)
    if request.method != "POST":
        return check_page(request, draft, form)
    try:
        participant = register_person(
            delegation=form.chosen, answers=form.answers(), by=user, invitation=draft.invitation
        )
    except ProgrammeError as error:
        return check_page(request, draft, form, problem=str(error), status=409)
    request.session.pop(invitation_key(edition), None)
    welcome(request, participant)
    return redirect("programme:portal", edition.slug)


def incomplete(request: HttpRequest, draft: RegistrationDraft, form: RegistrationForm) -> HttpResponse:
    """Ask for what is missing in a draft; 422 with all that was typed if it was sent, as when a question has just been added."""
    if request.method == "POST" and draft.answers:
        return form_page(request, draft, form, status=422)
    return redirect("programme:register", draft.edition.slug)


def sign_in_first(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Ask for the address, and keep the answers of somebody whose session has expired."""
    is_saved = request.method == "POST" and form_recovery.save_answers(request, typed_answers(request.POST))
    if not edition.is_open(timezone.now()):
        return closed_page(request, edition)
    if request.method != "POST":
        return start_page(request, edition, EmailForm())
    if is_saved:
        messages.warning(request, form_recovery.what_is_saved(request))
        return redirect("programme:register", edition.slug)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return start_page(request, edition, form, status=422)
    here = reverse("programme:register", args=[edition.slug])
    return code_sent(request, form, here) or start_page(request, edition, form, status=429)


def applicant_of(request: HttpRequest, user: User, edition: Edition) -> Applicant:
    """Return the user as applicant, whose draft has the invitation they opened, if usable. What is not is forgotten."""
    applicant = find_applicant(user, edition)
    draft = applicant.draft
    pk = request.session.get(invitation_key(edition))
    if pk:
        invitations = Invitation.objects.select_related("delegation__city", "replaces__user")
        draft.invitation = invitations.filter(pk=pk, delegation__edition=edition).first()
    invitation = draft.invitation
    draft.invitation = usable(invitation, user=user, now=timezone.now())
    if draft.invitation:
        draft.invitation.delegation.edition = edition
    if not invitation or invitation.accepted_by_id == user.pk or draft.invitation:
        return applicant
    request.session.pop(invitation_key(edition), None)
    RegistrationDraft.objects.filter(pk=draft.pk, invitation=invitation).update(invitation=None)
    messages.warning(request, _("Your invitation is no longer valid. Ask the person who invited you for a new one."))
    return replace(applicant, has_lost_invitation=True)


def nothing_to_register(request: HttpRequest, applicant: Applicant) -> HttpResponse | None:
    """Redirect participants to the portal; show that registration is closed, saving posted answers; otherwise None."""
    if is_finished(applicant):
        return redirect("programme:portal", applicant.edition.slug)
    if applicant.edition.is_open(timezone.now()):
        return None
    if request.method == "POST":
        save_draft(applicant.draft, typed_answers(request.POST))
    return closed_page(request, applicant.edition)


def is_finished(applicant: Applicant) -> bool:
    """Return whether the user has nothing to register: the portal shows their state.

    With an invitation they have if they are pending or declined, on a waiting list and gain by it, or registered and
    invited to coordinate.
    """
    participant, invitation = applicant.participant, applicant.draft.invitation
    if participant is None or participant.state == Participant.State.WITHDRAWN:
        return False
    if invitation is None or not participant.is_registered:
        return invitation is None or (
            participant.is_waiting and not gains_by(participant, invitation, invitation.delegation)
        )
    is_same_city = participant.delegation_id == invitation.delegation_id
    return not (is_same_city and invitation.is_for_coordinator and not participant.is_coordinator)


def initial_answers(request: HttpRequest, applicant: Applicant, own: dict[str, Any]) -> dict[str, Any]:
    """Return the form's initial values (`own`: of own questions): answers kept when the session expired, then the draft, then present data."""
    user, draft = applicant.user, applicant.draft
    known: dict[str, Any] = {key: value for key, value in answers_about(user).items() if value and user.name}
    if draft.invitation and draft.invitation.name and not user.name:
        known["name"] = draft.invitation.name
    before = answers_of(applicant.participant) if applicant.participant else {}
    return {**known, **before, **own, **draft.answers, **form_recovery.saved_answers(request, user)}


def form_for(
    programme: PublishedProgramme, applicant: Applicant, present: Mapping[str, Answer] | None = None, **kwargs: Any
) -> RegistrationForm:
    """Return the form. `present`: answers by key, if read already. Who is invited to coordinate is asked what coordinators are asked."""
    invitation = applicant.draft.invitation
    return RegistrationForm(
        programme=programme,
        delegation=invitation.delegation if invitation else None,
        email=applicant.user.email,
        is_coordinator=invitation is not None and invitation.is_for_coordinator,
        present=answers_by_key(applicant.participant, programme.questions) if present is None else present,
        **kwargs,
    )


def invitation_key(edition: Edition) -> str:
    return f"invitation:{edition.pk}"


def welcome(request: HttpRequest, participant: Participant) -> None:
    if participant.is_registered:
        messages.success(request, _("You are registered. We have sent you an email to confirm it."))
    elif participant.is_waiting:
        values = {"n": position_of(participant), "city": participant.delegation}
        text = _("You are number %(n)s on the waiting list of %(city)s. We have sent you an email to confirm it.")
        messages.success(request, text % values)
    else:
        messages.success(request, _("Your registration has been sent. We have sent you an email to confirm it."))


# Pages


def start_page(request: HttpRequest, edition: Edition, form: EmailForm, *, status: int = 200) -> HttpResponse:
    form.fields["email"].help_text = _(
        "Use your work address: it can show that you work for your city. We send you a code now, and emails about this"
        " edition later."
    )
    add_privacy(form)
    context = {"edition": edition, "form": form}
    return render(request, "programme/register_start.html", context, status=status)


def form_page(
    request: HttpRequest, draft: RegistrationDraft, form: RegistrationForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "edition": draft.edition,
        "draft": draft,
        "form": form,
        "typed_by": form_recovery.signature_of(draft.user),
    }
    return render(request, "programme/register_form.html", context, status=status)


def check_page(
    request: HttpRequest, draft: RegistrationDraft, form: RegistrationForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    rows = [(field, form.label_of(field.name)) for field in form if field.name not in form.hidden]
    context = {
        "edition": draft.edition,
        "draft": draft,
        "form": form,
        "rows": rows,
        "delegation": form.chosen,
        "prospect": prospect_of(draft.user, form.chosen, draft.invitation),
        "problem": problem,
    }
    return render(request, "programme/register_check.html", context, status=status)


def closed_page(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Show why registration is not open, and since or until when; after the edition, which one comes next."""
    now = timezone.now()
    is_over = edition.is_over(now)
    context = {
        "edition": edition,
        "is_over": is_over,
        "next_edition": Edition.objects.following(edition.first_on, now).first() if is_over else None,
        "dates": dates_of_edition(edition) if is_over else None,
        "window": edition.registration_window(now).value,
        "is_saved": request.method == "POST" and request.user.is_authenticated,
    }
    with timezone.override(edition.zone):
        return render(
            request, "programme/register_closed.html", context, status=403 if request.method == "POST" else 200
        )
