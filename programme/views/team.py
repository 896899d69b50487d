"""A city's team: everybody in it sees the members; the coordinator invites and withdraws them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from programme import access
from programme.actions.coordinators import add_coordinator, hand_over, step_down
from programme.actions.invitation_reminders import check_can_be_reminded, reason_against, remind
from programme.actions.invitations import invite_people, link_of, make_link, revoke_invitation
from programme.actions.registrations import withdraw
from programme.errors import ProgrammeError
from programme.forms.invitations import InviteForm
from programme.models import Participant
from programme.queries.coming import not_coming_among
from programme.queries.invitations import may_take_a_place, of_team
from programme.queries.stopped_addresses import unreachable_among
from programme.rules.registrations import waiting_list
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error
from udtacademy.outbox.models import is_stopped

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_INVITATIONS = 100  # shown
CHANGES: "dict[str, tuple[Callable[..., bool], StrOrPromise]]" = {  # and what the coordinator is then told
    "withdraw": (withdraw, _lazy("%(name)s has been withdrawn and told by email.")),
    "hand-over": (hand_over, _lazy("%(name)s is now coordinator instead of you and has been told by email.")),
    "coordinator": (add_coordinator, _lazy("%(name)s is now a coordinator too and has been told by email.")),
}
OUTCOMES, LINK = "team_outcomes", "team_link"  # in the session, until they have been shown


@never_cache
@require_safe
@login_required
def team(request: HttpRequest, edition_slug: str) -> HttpResponse:
    participant = access.own_registration(request.user, edition_slug)
    outcomes = request.session.pop(OUTCOMES, []) if participant.is_coordinator else []
    left_over = "\n".join(text for text, _outcome, is_invited in outcomes if not is_invited)
    initial = {"people": left_over} | form_recovery.saved_answers(request, signed_in(request))
    return team_page(request, participant, InviteForm(initial=initial), outcomes=outcomes)


@require_POST
@form_recovery.login_required_saving_answers(
    lambda posted: {"people": str(posted.get("people", ""))}, back_to="programme:team"
)
def team_invite(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Invite everybody in the list who can be, and show the outcome of each entry."""
    coordinator = access.coordinator(request.user, edition_slug)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return team_page(request, coordinator, form, status=422)
    form_recovery.forget(request, reverse("programme:team", args=[edition_slug]))
    people = [line.invitee for line in form.entries if line.invitee]
    try:
        outcomes = invite_people(delegation=coordinator.delegation, people=people, by=signed_in(request))
    except ProgrammeError as error:
        form.add_error("people", form_error(error))
        return team_page(request, coordinator, form, status=409)
    outcome_by_email = {invitee.email: outcome for invitee, outcome in outcomes}
    request.session[OUTCOMES] = [
        (line.invitee.email, outcome_by_email[line.invitee.email], True)
        if line.invitee
        else (line.text, line.problem, False)
        for line in form.entries
    ]
    return redirect("programme:team", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:team")
def team_link(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Make a new link to forward, shown once and emailed to the coordinator."""
    coordinator = access.coordinator(request.user, edition_slug)
    try:
        request.session[LINK] = link_of(make_link(delegation=coordinator.delegation, by=signed_in(request)))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:team", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:team")
def team_revoke(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    invitation = access.own_invitation(request.user, edition_slug, pk)
    if revoke_invitation(invitation=invitation, by=signed_in(request)):
        messages.success(request, _("The invitation has been cancelled."))
    return redirect("programme:team", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:team")
def team_remind(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Email an invitation again, at most once an hour."""
    invitation = access.own_invitation(request.user, edition_slug, pk)
    try:
        check_can_be_reminded(invitation)
        if remind(invitation=invitation, by=signed_in(request)):
            messages.success(request, _("%(email)s gets a reminder.") % {"email": invitation.email})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:team", edition_slug)


@require_POST
@form_recovery.login_required_returning_to("programme:team")
def team_change(request: HttpRequest, edition_slug: str, pk: int, change: str) -> HttpResponse:
    """Change the part of a colleague in the team: one of CHANGES."""
    colleague = access.colleague(request.user, edition_slug, pk)
    action, outcome = CHANGES[change]
    return done(request, edition_slug, action, colleague, str(outcome))


@require_POST
@form_recovery.login_required_returning_to("programme:team")
def team_step_down(request: HttpRequest, edition_slug: str) -> HttpResponse:
    coordinator = access.coordinator(request.user, edition_slug)
    return done(
        request, edition_slug, step_down, coordinator, _("You are no longer a coordinator. You still take part.")
    )


def done(
    request: HttpRequest, edition_slug: str, action: Callable[..., bool], colleague: Participant, text: str
) -> HttpResponse:
    try:
        if action(participant=colleague, by=signed_in(request)):
            messages.success(request, text % {"name": colleague})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("programme:team", edition_slug)


def team_page(
    request: HttpRequest,
    participant: Participant,
    form: InviteForm,
    *,
    outcomes: list[tuple[str, str, bool]] | None = None,
    status: int = 200,
) -> HttpResponse:
    delegation, now = participant.delegation, timezone.now()
    members = delegation.participants.with_people().with_asked_about().select_related("coming_answer")
    people = list(members.annotate(is_unreachable=is_stopped("user__email")).order_by("user__name", "pk"))
    context = {
        "participant": participant,
        "edition": participant.edition,
        "delegation": delegation,
        "team": [person for person in people if person.is_registered],
    }
    if participant.is_coordinator:
        invitations = list(of_team(delegation, now, MOST_INVITATIONS))
        context |= {
            "pending": [person for person in people if person.is_pending],
            "waiting": waiting_list(people),
            "not_coming": not_coming_among(people, participant.edition),
            "unreachable": unreachable_among(people),
            "invitations": [(it, reason_against(it)) for it in invitations],
            "n_invited": sum(may_take_a_place(it) for it in invitations),
            "has_others": sum(person.is_coordinator for person in people) > 1,
            "open_link": delegation.invitations.open(now).filter(email="").first(),
            "n_free": delegation.quota - sum(it.is_registered or it.waiting_number is not None for it in people),
            "can_invite": participant.edition.is_open(now),
            "form": form,
            "outcomes": outcomes,
            "link": request.session.pop(LINK, ""),
            "typed_by": form_recovery.signature_of(participant.user),
        }
    with timezone.override(participant.edition.zone):
        return render(request, "programme/team.html", context, status=status)
