"""The questions of an edition: what it asks its participants."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme.access import staff_edition
from programme.actions.questions import (
    delete_question,
    move_question,
    restore_question,
    retire_question,
    save_question,
    token_of,
)
from programme.admin.planned_page import reminders_of_questions
from programme.errors import NotAsReadError, ProgrammeError
from programme.formats import short_date
from programme.forms.question_settings import ChoicesForms, QuestionForm
from programme.models import Edition, Question
from programme.queries.questions import ListedQuestion, chosen_keys, listed_questions
from programme.rules.questions import OF_PROFILE
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

VIEW, ADD, CHANGE, DELETE = (f"programme.{verb}_question" for verb in ("view", "add", "change", "delete"))


@require_safe
def questions(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List the questions of the edition in order, with how many people answered."""
    edition = staff_edition(request.user, edition_slug, VIEW)
    listed = listed_questions(edition)
    context = {
        "title": _("Questions"),
        "listed": [it for it in listed if not it.question.is_retired],
        "retired": [it for it in listed if it.question.is_retired],
        "may_change": request.user.has_perm(CHANGE),
    }
    return page(request, edition, "admin/programme/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def question_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, ADD)
    return question_form(request, edition, Question(edition=edition, kind=Question.Kind.LINE), None)


@require_http_methods(["GET", "HEAD", "POST"])
def question_change(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, CHANGE)
    question = question_of(edition, pk)
    listed = next(it for it in listed_questions(edition) if it.question.pk == pk)
    return question_form(request, edition, question, listed)


def question_form(
    request: HttpRequest, edition: Edition, question: Question, listed: ListedQuestion | None
) -> HttpResponse:
    """Show the form for a question, or save what it says. `listed`: None for a new one."""
    posted, refusal = request.POST if request.method == "POST" else None, ""
    as_read = posted.get("as_read", "") if posted is not None else token_of(question)
    chosen = chosen_keys(question) if listed and not question.is_system else Counter[str]()
    form, choices = QuestionForm(posted, instance=question, edition=edition), ChoicesForms(question, posted, chosen)
    is_valid = posted is not None and all([form.is_valid(), question.is_system or choices.is_valid()])
    if is_valid and keeps_choices(form, choices):
        question.choices = choices.choices() if question.has_choices else []
        try:
            taken_out = save_question(question=question, by=signed_in(request), as_read=as_read)
        except NotAsReadError as error:
            refusal = str(error)
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            say_saved(request, question, listed, taken_out)
            return redirect("programme-staff:questions", edition.slug)
    context = {
        "title": str(question) if listed else _("Add a question"),
        "form": form,
        "choices": choices,
        "question": question,
        "as_read": as_read,
        "refusal": refusal,
        "listed": listed,
        "may_delete": request.user.has_perm(DELETE),
        "may_see_people": request.user.has_perm("programme.change_participant"),
    }
    status = 409 if refusal else 422 if posted is not None else 200
    return page(request, edition, "admin/programme/question.html", context, status=status)


def keeps_choices(form: QuestionForm, choices: ChoicesForms) -> bool:
    """Return whether the kind has choices if some are offered. If not, add an error to the kind of the valid form."""
    question = form.instance
    are_offered = not question.is_system and any(it.cleaned_data.get("is_offered") for it in choices.present)
    if question.has_choices or not are_offered:
        return True
    text = _(
        "“%(kind)s” has no choices. To delete them all, untick “Offered” beside each. Otherwise choose another kind."
    )
    form.add_error("kind", text % {"kind": question.get_kind_display()})
    return False


def say_saved(
    request: HttpRequest, question: Question, listed: ListedQuestion | None, taken_out: dict[str, int]
) -> None:
    """Say what was saved, and for how many people who have answered it stays."""
    messages.success(request, _("“%(question)s” has been saved.") % {"question": question})
    if listed is None:
        say_who_gets_an_email(request, question)
    if listed and listed.n_answers:
        text = ngettext(
            "%(n)s person has answered. The answer stays.",
            "%(n)s people have answered. Their answers stay.",
            listed.n_answers,
        )
        messages.info(request, text % {"n": listed.n_answers})
    for label, n in taken_out.items():
        text = ngettext(
            "%(n)s person chose “%(choice)s”. It stays theirs, and is no longer offered.",
            "%(n)s people chose “%(choice)s”. It stays theirs, and is no longer offered.",
            n,
        )
        messages.info(request, text % {"n": n, "choice": label})


def say_who_gets_an_email(request: HttpRequest, question: Question) -> None:
    """Say of a question that is asked from now on when people who have not answered get an email, with a link to what is planned."""
    edition, now = question.edition, timezone.now()
    if question.is_system or question.asked_when not in OF_PROFILE:
        return
    for planned in reminders_of_questions(edition, now, question.asked_since):
        time = short_date(planned.at, "D j M, H:i", zone=edition.zone, now=now)
        sentence = _(
            "People who are registered already find it among their to-dos. Those of them who are asked it and have not "
            "answered get one email on %(time)s or, in quiet hours, later."
        )
        url = reverse("programme-staff:planned", args=[edition.slug])
        messages.info(
            request, format_html('{} <a href="{}">{}</a>', sentence % {"time": time}, url, _("See planned emails"))
        )


@require_POST
def question_move(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Move a question up, or down."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    move_question(question=question_of(edition, pk), is_up="up" in request.POST, by=signed_in(request))
    return redirect("programme-staff:questions", edition.slug)


@require_POST
def question_end(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Ask a question no longer; ask it again; or delete it."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    question, by = question_of(edition, pk), signed_in(request)
    if "restore" in request.POST:
        if restore_question(question=question, by=by):
            messages.success(request, _("“%(question)s” is asked again.") % {"question": question})
            question.refresh_from_db(fields=["asked_since"])
            say_who_gets_an_email(request, question)
    elif "delete" in request.POST and request.user.has_perm(DELETE):
        try:
            delete_question(question=question, by=by)
        except ProgrammeError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("“%(question)s” has been deleted.") % {"question": question})
    elif retire_question(question=question, by=by):
        messages.success(request, _("“%(question)s” is no longer asked. The answers stay.") % {"question": question})
    return redirect("programme-staff:questions", edition.slug)


def question_of(edition: Edition, pk: int) -> Question:
    question = get_object_or_404(edition.questions.select_related("depends_on"), pk=pk)
    question.edition = edition
    return question


def page(
    request: HttpRequest, edition: Edition, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = admin.site.each_context(request) | {"edition": edition} | context
    with timezone.override(edition.zone):
        return TemplateResponse(request, template, context, status=status).render()
