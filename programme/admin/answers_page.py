"""What a person answered to the organisers' own questions: on their page, and a page to correct it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from programme.access import existing_programme, existing_state, staff_edition, staff_file
from programme.actions.profiles import answer_for
from programme.errors import ProgrammeError
from programme.forms.questions import AnswersAboutForm, initial_own
from programme.models import Participant
from programme.queries.answers import answers_by_key, shown_answers
from programme.queries.published_programme import PublishedProgramme
from programme.views.answer_files import as_download, posted_with_files
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

CHANGE = "programme.change_participant"


def answers(viewer: User, person: Participant) -> dict[str, Any]:
    """Return the person's answers to own questions, for those who may change the person. One query."""
    return {"answers": shown_answers(person), "person": person} if viewer.has_perm(CHANGE) else {}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_answers(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Correct the answers of a person; back to them, with a sentence, if the edition asks nothing that can be corrected here."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    person = get_object_or_404(Participant.objects.with_people(), edition=edition, pk=pk)
    programme = existing_programme(existing_state(edition_slug))
    form = form_about(request, person, programme)
    back = reverse("admin:programme_participant_change", args=[person.pk])
    if not form.fields:
        messages.info(request, _("There is nothing to correct here."))
        return HttpResponseRedirect(back)
    if form.is_valid() and is_saved(form, person, signed_in(request)):
        messages.success(request, _("The answers of %(name)s have been saved.") % {"name": person})
        return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("Answers: %(name)s") % {"name": person},
        "edition": edition,
        "form": form,
        "back_url": back,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/programme/person_answers.html", context, status=status).render()


def form_about(request: HttpRequest, person: Participant, programme: PublishedProgramme) -> AnswersAboutForm:
    """Return the form, with the files that were posted stored."""
    questions = programme.questions
    present, posted = answers_by_key(person, questions), None
    if request.method == "POST":
        posted = posted_with_files(request, questions, signed_in(request), present=initial_own(questions, present))
    answers = posted.answers if posted else None
    form = AnswersAboutForm(answers, programme=programme, participant=person, present=present, is_for_organiser=True)
    form.refused_files = posted.refused if posted else {}
    return form


def is_saved(form: AnswersAboutForm, person: Participant, by: User) -> bool:
    """Save a valid form. Return False if that is not possible, with the error on the form."""
    own, reason = form.own_answers(), form.cleaned_data["reason"]
    try:
        answer_for(participant=person, own=own, dropped=form.dropped(), by=by, reason=reason)
    except ProgrammeError as error:
        form.add_error(None, form_error(error))
    return not form.errors


@never_cache
@require_safe
def person_file(request: HttpRequest, edition_slug: str, token: str) -> HttpResponse:
    """Send a file that a person gave as an answer."""
    return as_download(staff_file(request.user, edition_slug, token))
