"""Files that people give as answers: storing those of a form, and sending them back."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

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
from programme.models import Question
from programme.models.stored_file import StoredFile
from udtacademy.accounts.models import User
from udtacademy.errors import form_error
from udtacademy.http.error_pages import error_page

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Posted:
    """What was posted, with stored files as answers. `refused`: why others were not, by name of the field."""

    answers: QueryDict
    refused: Mapping[str, ValidationError]


def posted_with_files(
    request: HttpRequest, questions: Iterable[Question], by: User, *, present: Mapping[str, Any]
) -> Posted:
    """Store the chosen files, also of a form that turns out to have a mistake: so nobody has to choose them again.

    `present`: the answers by name of the field. A file stays where another is refused, and where the form has none, as on a
    page that was opened before it was uploaded: only the tick takes one out.
    """
    answers, refused = request.POST.copy(), {}
    for question in questions:
        if not question.has_file or question.is_retired:
            continue
        name = name_of(question)
        if not answers.get(name) and present.get(name):
            answers[name] = str(present[name])
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


def as_download(file: StoredFile) -> HttpResponse:
    """Return a file to be saved, never shown in the site; a page that says so if it cannot be read. Raises Http404 if the storage has lost it."""
    try:
        with file.file.open("rb") as stored:
            content = stored.read()
    except FileNotFoundError as error:
        raise Http404 from error
    except OSError:
        logger.exception("A file that somebody uploaded cannot be read")
        return error_page(HTTPStatus.INTERNAL_SERVER_ERROR)
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=file.content_type, headers=headers)
