"""Files that people give as answers: storing those of a form, and sending them back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme import access
from programme.actions.answer_files import store_file
from programme.errors import ProgrammeError
from programme.forms.answer_fields import FILE, REMOVE, name_of
from programme.models import AnswerFile, Question
from udtacademy.accounts.models import User
from udtacademy.errors import form_error


@dataclass(frozen=True)
class Posted:
    """What was posted, with stored files as answers. `refused`: why others were not, by name of the field."""

    answers: QueryDict
    refused: Mapping[str, ValidationError]


def posted_with_files(request: HttpRequest, questions: Iterable[Question], by: User) -> Posted:
    """Store the chosen files, also of a form that turns out to have a mistake: so nobody has to choose them again.

    Where one is refused, what was there before stays.
    """
    answers, refused = request.POST.copy(), {}
    for question in questions:
        if not question.has_file or question.is_retired:
            continue
        name = name_of(question)
        chosen = request.FILES.get(f"{FILE}{name}")
        if chosen is not None:
            try:
                row = store_file(question=question, content=chosen.read(), name=chosen.name or "", by=by)
            except ProgrammeError as error:
                refused[name] = form_error(error)
            else:
                answers[name] = row.answer
        elif f"{REMOVE}{name}" in answers:
            answers[name] = ""
    return Posted(answers, refused)


@never_cache
@require_safe
@login_required
def own_file(request: HttpRequest, edition_slug: str, token: str) -> HttpResponse:
    """Send a file that the visitor gave as an answer."""
    return as_download(access.own_file(request.user, edition_slug, token))


def as_download(file: AnswerFile) -> HttpResponse:
    """Return a file to be saved, never shown in the site. Raises Http404 if the storage has lost it."""
    try:
        with file.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError as error:
        raise Http404 from error
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=file.content_type, headers=headers)
