"""The page on which a coordinator answers what the organisers ask about a person of the city."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme import access
from programme.actions.profiles import answer_for
from programme.errors import ProgrammeError
from programme.forms.questions import AnswersAboutForm, typed_own_answers
from programme.queries.answers import answers_by_key
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@form_recovery.login_required_saving_answers(typed_own_answers)
def team_answers(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Answer what is asked of coordinators about a person. Raises Http404 if nothing is."""
    person, user = access.colleague(request.user, edition_slug, pk), signed_in(request)
    programme = access.existing_programme(access.existing_state(edition_slug))
    form = AnswersAboutForm(
        request.POST if request.method == "POST" else None,
        programme=programme,
        participant=person,
        present=answers_by_key(person, programme.questions),
        initial=form_recovery.saved_answers(request, user),
    )
    if not form.fields:
        raise Http404
    if form.is_valid():
        try:
            answer_for(participant=person, own=form.own_answers(), dropped=form.dropped(), by=user)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            form_recovery.forget(request)
            messages.success(request, _("The answers about %(name)s have been saved.") % {"name": person})
            return redirect("programme:team", edition_slug)
    context = {"edition": person.edition, "person": person, "form": form, "typed_by": form_recovery.signature_of(user)}
    return render(request, "programme/team_answers.html", context, status=422 if form.is_bound else 200)
