"""The page behind an invitation link. A GET changes nothing, because mail scanners open links before people do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.invitations import note_opening
from programme.models import Invitation
from programme.queries.registering import prospect_of
from programme.views.registrations import invitation_key
from programme.views.sign_in_codes import code_sent
from udtacademy.accounts.forms.sign_in import EmailForm
from udtacademy.accounts.models import User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_detail(request: HttpRequest, token: str) -> HttpResponse:
    invitation = access.invitation(token)
    edition = invitation.delegation.edition
    now = timezone.now()
    if invitation.accepted_by_id and invitation.accepted_by == request.user:
        return redirect("programme:portal", edition.slug)
    if not invitation.is_open(now):
        return page(request, invitation, problem=invitation.state(now).value, status=410)
    if not edition.is_open(now):
        return page(request, invitation, problem=edition.registration_window(now).value, status=409)
    if isinstance(request.user, User) and not invitation.is_for(request.user):
        return page(request, invitation, problem="foreign", status=403)
    if request.method != "POST":
        return page(request, invitation, form=EmailForm())
    note_opening(invitation)
    return continue_registration(request, invitation)


def continue_registration(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Store the invitation in the session and continue with registration, or send a sign-in code first."""
    edition = invitation.delegation.edition
    request.session[invitation_key(edition)] = invitation.pk
    if request.user.is_authenticated:
        return redirect("programme:register", edition.slug)
    form = EmailForm({"email": invitation.email} if invitation.email else request.POST)
    if not form.is_valid():
        return page(request, invitation, form=form, status=422)
    here = reverse("programme:register", args=[edition.slug])
    return code_sent(request, form, here) or page(request, invitation, form=form, status=429)


def page(
    request: HttpRequest,
    invitation: Invitation,
    *,
    form: EmailForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    delegation = invitation.delegation
    context = {
        "invitation": invitation,
        "delegation": delegation,
        "edition": delegation.edition,
        "masked": masked(invitation.email),
        "prospect": prospect_of(request.user if isinstance(request.user, User) else None, delegation, invitation),
        "form": form,
        "problem": problem,
    }
    with timezone.override(delegation.edition.zone):
        return render(request, "programme/invitation_detail.html", context, status=status)


def masked(email: str) -> str:
    """Mask an address so that only its owner recognises it: a…@city.example."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}" if email else ""
