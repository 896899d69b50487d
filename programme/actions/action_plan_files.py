"""Files of Action Plans: storing and deleting them (decision 69)."""

import datetime as dt
import logging
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programme.actions.action_plans import check_not_final, lock_part
from programme.actions.answer_files import SENTENCES, stored_without_row
from programme.errors import ProgrammeError
from programme.models import ActionPlanFile, ActionPlanPart, ActionPlanStep, Delegation
from programme.models.action_plan_file import PLAN_FOLDER
from programme.queries.action_plans import is_submitted
from programme.rules.files import LARGEST_PLAN_FILE, FileKind, Problem, clean_name, kind_of
from udtacademy.accounts.models import User
from udtacademy.db.stored_files import delete_stored

logger = logging.getLogger(__name__)

MOST_FILES = 10  # of a part
SECOND_CLICK = dt.timedelta(seconds=30)  # so long the same file of the same person is one
UNUSED_FOR = dt.timedelta(days=1)  # then a stored file that no row refers to, as after a kill, is deleted
ACCEPTED = ",".join(suffix for kind in FileKind for suffix in kind.suffixes)
OF_PLANS = SENTENCES | {
    Problem.TOO_LARGE: gettext_lazy("This file is larger than 25 MB. Choose a smaller one."),
    Problem.OTHER: gettext_lazy(
        "This is not a PDF, DOCX, PPTX, ODT, ODP, ODS, JPEG or PNG file. Save it as one of these, and choose that."
    ),
}


def add_plan_file(
    *, delegation: Delegation, step: ActionPlanStep, content: bytes, name: str, by: User
) -> ActionPlanFile:
    """Store a file with a part of a plan.

    Raises ProgrammeError for a file that is not taken, with what to do; if it cannot be stored, if the part has MOST_FILES, and if
    it is final. Nothing stays stored then. A file sent twice in a row is one.
    """
    kind = kind_of(content, kinds=tuple(FileKind), largest=LARGEST_PLAN_FILE)
    if isinstance(kind, Problem):
        raise ProgrammeError(OF_PLANS[kind], code=kind.value)
    row = ActionPlanFile(uploaded_by=by, kind=kind.key, size=len(content), name=clean_name(name, kind))
    try:
        row.file.save(row.name, ContentFile(content), save=False)
    except OSError as error:
        logger.exception("A file of an Action Plan could not be stored")
        raise ProgrammeError(
            _("The file could not be stored just now. Choose it again in some minutes."), code="file_not_stored"
        ) from error
    try:
        present = save_row(row, delegation, step)
    except ProgrammeError:
        delete_stored(row.file.storage, str(row.file.name))
        raise
    if present != row:
        delete_stored(row.file.storage, str(row.file.name))
    return present


def full_part(part: ActionPlanPart, files: Sequence[ActionPlanFile]) -> str:
    """Return what to do about a part that has as many files as it can have; empty for others. What is submitted stays."""
    if len(files) < MOST_FILES:
        return ""
    if all(is_submitted(it, part) for it in files):
        text = _(
            "This part has %(n)s files, and all are submitted, so they stay. Put a link to another file into the text."
        )
    else:
        text = _("This part has %(n)s files already. Remove one that is not submitted, or put several into one.")
    return text % {"n": MOST_FILES}


@transaction.atomic
def save_row(row: ActionPlanFile, delegation: Delegation, step: ActionPlanStep) -> ActionPlanFile:
    """Save the row of a stored file. Return it, or the one of the same file that the same person has just sent."""
    row.part = lock_part(delegation, step)
    check_not_final(row.part)
    last = row.part.files.filter(uploaded_by=row.uploaded_by, uploaded_at__gt=timezone.now() - SECOND_CLICK).last()
    if last and (last.name, last.size, last.kind) == (row.name, row.size, row.kind):
        return last
    if sentence := full_part(row.part, list(row.part.files.all())):
        raise ProgrammeError(sentence, code="too_many_files")
    row.uploaded_at = timezone.now()  # under the lock: after what was submitted while the file was stored
    row.save()
    return row


@transaction.atomic
def remove_plan_file(*, file: ActionPlanFile) -> None:
    """Delete a file. Raises ProgrammeError if it was submitted, or its part is final."""
    part = lock_part(file.part.plan.delegation, file.part.step)
    check_not_final(part)
    if is_submitted(file, part):
        raise ProgrammeError(
            _("This file has been submitted, so it stays. Add another one and submit again."), code="file_submitted"
        )
    ActionPlanFile.objects.filter(pk=file.pk).delete()


def delete_lost_plan_files() -> int:
    """Delete what the storage has of Action Plans and no row refers to. Return how many. Idempotent."""
    known = set(ActionPlanFile.objects.values_list("file", flat=True))
    lost = list(stored_without_row(default_storage, PLAN_FOLDER, known, timezone.now() - UNUSED_FOR))
    for name in lost:
        delete_stored(default_storage, name)
    return len(lost)
