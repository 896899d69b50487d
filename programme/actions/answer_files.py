"""Files that people give as answers: storing, keeping with the answer, and deleting them (decision 59)."""

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Mapping

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.errors import ProgrammeError
from programme.models import AnswerFile, Participant, Question, RegistrationDraft
from programme.models.answer_file import FOLDER, AnswerFileQuerySet
from programme.rules.files import Problem, clean_name, file_in, kind_of
from programme.rules.questions import Answer
from udtacademy.accounts.models import User
from udtacademy.db.stored_files import delete_stored

logger = logging.getLogger(__name__)

UNUSED_FOR = dt.timedelta(days=1)  # then a file that is neither an answer nor in a draft is deleted
MOST_UNUSED = 3  # files of one person for one question, besides the one just chosen
SENTENCES = {
    Problem.EMPTY: gettext_lazy("This file is empty. Choose another one."),
    Problem.TOO_LARGE: gettext_lazy("This file is larger than 5 MB. Choose a smaller one."),
    Problem.OTHER: gettext_lazy(
        "This is not a PDF, JPEG, PNG, DOCX or ODT file. Save it as one of these, and choose that."
    ),
    Problem.DAMAGED: gettext_lazy("This file is damaged. Save it again, and choose that."),
    Problem.MACROS: gettext_lazy(
        "This document has macros. Save it without them, for example as PDF, and choose that."
    ),
    Problem.LOCKED: gettext_lazy("This document has a password. Save it without one, and choose that."),
    Problem.UNPACKED: gettext_lazy("This document is too large once it is opened. Save it as PDF, and choose that."),
}


def store_file(*, question: Question, content: bytes, name: str, by: User) -> AnswerFile:
    """Store a file that somebody chose as an answer, which it becomes when the form is sent.

    Raises ProgrammeError for a file that is not taken, with what to do, and if it cannot be stored.
    """
    kind = kind_of(content)
    if isinstance(kind, Problem):
        raise ProgrammeError(SENTENCES[kind], code=kind.value)
    row = AnswerFile(question=question, uploaded_by=by, kind=kind.key, size=len(content), name=clean_name(name, kind))
    try:
        row.file.save(row.name, ContentFile(content), save=False)
    except OSError as error:
        logger.exception("A file could not be stored")
        raise ProgrammeError(
            _(
                "The file could not be stored just now. Choose it again in some minutes; your other answers are not lost."
            ),
            code="file_not_stored",
        ) from error
    row.save()
    others = AnswerFile.objects.unused().filter(question=question, uploaded_by=by).exclude(pk=row.pk)
    delete_files(others.order_by("-pk")[MOST_UNUSED:])
    return row


def take_files(participant: Participant, contents: Mapping[Question, Answer], *, by: User) -> Mapping[Question, Answer]:
    """Make files the answers of a locked participant. Return the answers, with files as they are stored.

    What the participant gave before to the same questions is deleted. A file that an organiser has uploaded is the participant's
    from then on, so it does not go with the organiser. Raises ProgrammeError for a file that is neither an
    answer of the participant already nor one that `by` has uploaded.
    """
    given = {question: file_in(content) for question, content in contents.items() if question.has_file}
    if not given:
        return contents
    theirs = Q(participant=participant) | Q(participant=None, uploaded_by=by)
    tokens = [it.token for it in given.values() if it]
    rows = AnswerFile.objects.filter(theirs, question__in=given, token__in=tokens).select_for_update(of=["self"])
    found = {(it.question_id, it.token): it for it in rows}
    taken = dict(contents)
    for question, file in given.items():
        row = found.get((question.pk, file.token)) if file else None
        if file and row is None:
            values = {"question": question}
            raise ProgrammeError(
                _("The file for “%(question)s” is no longer there. Choose it again.") % values, code="file_gone"
            )
        taken[question] = row.answer if row else None
    used = [it.pk for it in found.values() if it.answer in taken.values()]
    AnswerFile.objects.filter(pk__in=used).update(participant=participant, uploaded_by=participant.user_id)
    participant.files.filter(question__in=given).exclude(pk__in=used).delete()
    return taken


def delete_unused_files() -> int:
    """Delete the files that became no answer within a day and are in no draft, and what no row refers to. Return how many.

    Idempotent: what cannot be deleted is tried again the next time.
    """
    before = timezone.now() - UNUSED_FOR
    known = set(AnswerFile.objects.values_list("file", flat=True))
    unused = AnswerFile.objects.unused().filter(uploaded_at__lt=before)
    in_drafts = set(tokens_in_drafts(set(unused.values_list("uploaded_by", flat=True))))
    n = delete_files(unused.exclude(token__in=in_drafts))
    orphans = list(stored_without_row(default_storage, FOLDER, known, before))  # last, as the storage may be away
    for name in orphans:
        delete_stored(default_storage, name)
    if n or orphans:
        logger.info("Deleted %d unused files and %d that no row refers to", n, len(orphans))
    return n + len(orphans)


@transaction.atomic
def delete_files(files: AnswerFileQuerySet) -> int:
    """Delete some unused files, but for those that become an answer at the same moment: `take_files` has locked them. Return how many."""
    numbers = list(files.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return AnswerFile.objects.filter(pk__in=numbers).delete()[0]


def tokens_in_drafts(people: set[int]) -> Iterator[str]:
    """Yield the tokens of files in the drafts of registrations of some people (primary keys of users)."""
    for draft in RegistrationDraft.objects.filter(user__in=people):
        yield from (file.token for answer in draft.answers.values() if (file := file_in(answer)))


def stored_without_row(storage: Storage, folder: str, known: Collection[str], before: dt.datetime) -> Iterator[str]:
    """Yield the names of stored files from before a moment that no row refers to. `known`: the names that rows refer to."""
    try:
        _folders, stored = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in (f"{folder}/{it}" for it in stored):
        if name not in known and storage.get_modified_time(name) < before:
            yield name
