"""The page on which a coordinator invites a colleague to take over somebody's place, or their own."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.invitations import Invitee
from programme.actions.take_overs import offer_place
from programme.errors import ProgrammeError
from programme.forms.take_overs import TakeOverForm
from programme.models import Participant
from programme.views import form_recovery
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(
    lambda posted: {name: str(posted.get(name, "")) for name in ("name", "email")}
)
def team_take_over(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Offer a colleague's place to somebody by email. Raises Http404 for who has no place."""
    place, user = access.colleague(request.user, edition_slug, pk), signed_in(request)
    if not place.is_registered:
        raise Http404
    initial = form_recovery.saved_answers(request, user)
    form = TakeOverForm(request.POST if request.method == "POST" else None, place=place, initial=initial)
    if form.is_valid() and offered(request, place, form, user):
        form_recovery.forget(request)
        return redirect("programme:team", edition_slug)
    context = {"edition": place.edition, "place": place, "form": form, "typed_by": form_recovery.signature_of(user)}
    with timezone.override(place.edition.zone):
        return render(request, "programme/team_take_over.html", context, status=422 if form.is_bound else 200)


def offered(request: HttpRequest, place: Participant, form: TakeOverForm, user: User) -> bool:
    """Offer the place as a valid form says. Return whether it could be done; if not, the form says why."""
    cleaned = form.cleaned_data
    invitee = Invitee(cleaned["email"], cleaned["name"])
    try:
        offer_place(participant=place, invitee=invitee, takes_role=form.takes_the_role, by=user)
    except ProgrammeError as error:
        form.add_error("email", form_error(error))
        return False
    except IntegrityError:
        form.add_error(None, _("Somebody else has just changed this place. Reload the page, then try again."))
        return False
    text = _("%(email)s is invited to take over the place of %(name)s.")
    messages.success(request, text % {"email": invitee.email, "name": place})
    return True
