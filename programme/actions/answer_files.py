"""Files that people give as answers: storing, keeping with the answer, and deleting them (decision 59)."""

import logging
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.stored_files import UNUSED_FOR, checked_kind, delete_lost_files, known_files, put_file
from programme.errors import ProgrammeError
from programme.models import AnswerFile, Participant, Question, RegistrationDraft
from programme.models.answer_file import FOLDER, AnswerFileQuerySet
from programme.rules.files import file_in
from programme.rules.questions import Answer
from udtacademy.accounts.models import User

logger = logging.getLogger(__name__)

MOST_UNUSED = 3  # files of one person for one question, besides the one just chosen
NOT_STORED = gettext_lazy(
    "The file could not be stored just now. Choose it again in some minutes; your other answers are not lost."
)


def store_file(*, question: Question, content: bytes, name: str, by: User) -> AnswerFile:
    """Store a file that somebody chose as an answer, which it becomes when the form is sent.

    Raises ProgrammeError for a file that is not taken, with what to do, and if it cannot be stored.
    """
    row = AnswerFile(question=question, uploaded_by=by)
    put_file(row, content, name, checked_kind(content), sentence=NOT_STORED)
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
    known = known_files(AnswerFile)
    unused = AnswerFile.objects.unused().filter(uploaded_at__lt=timezone.now() - UNUSED_FOR)
    in_drafts = set(tokens_in_drafts(set(unused.values_list("uploaded_by", flat=True))))
    n = delete_files(unused.exclude(token__in=in_drafts))
    n_lost = delete_lost_files(FOLDER, known)  # last, as the storage may be away
    if n or n_lost:
        logger.info("Deleted %d unused files and %d that no row refers to", n, n_lost)
    return n + n_lost


@transaction.atomic
def delete_files(files: AnswerFileQuerySet) -> int:
    """Delete some unused files, but for those that become an answer at the same moment: `take_files` has locked them. Return how many."""
    numbers = list(files.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return AnswerFile.objects.filter(pk__in=numbers).delete()[0]


def tokens_in_drafts(people: set[int]) -> Iterator[str]:
    """Yield the tokens of files in the drafts of registrations of some people (primary keys of users)."""
    for draft in RegistrationDraft.objects.filter(user__in=people):
        yield from (file.token for answer in draft.answers.values() if (file := file_in(answer)))
