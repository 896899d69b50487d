"""Files of Action Plans: storing and deleting them (decision 69)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.action_plans import check_not_final, lock_part
from programme.actions.stored_files import delete_lost_files, discard_file, kind_of_any, known_files, put_file
from programme.errors import ProgrammeError
from programme.models import ActionPlanFile, ActionPlanPart, ActionPlanStep, Delegation
from programme.models.action_plan_file import PLAN_FOLDER
from programme.queries.action_plans import is_submitted
from udtacademy.accounts.models import User

MOST_FILES = 10  # of a part
SECOND_CLICK = dt.timedelta(seconds=30)  # so long the same file of the same person is one


def add_plan_file(
    *, delegation: Delegation, step: ActionPlanStep, content: bytes, name: str, by: User
) -> ActionPlanFile:
    """Store a file with a part of a plan.

    Raises ProgrammeError for a file that is not taken, with what to do; if it cannot be stored, if the part has MOST_FILES, and if
    it is final. Nothing stays stored then. A file sent twice in a row is one.
    """
    row = ActionPlanFile(uploaded_by=by)
    put_file(row, content, name, kind_of_any(content))
    try:
        present = save_row(row, delegation, step)
    except ProgrammeError:
        discard_file(row)
        raise
    if present != row:
        discard_file(row)
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
    return delete_lost_files(PLAN_FOLDER, known_files(ActionPlanFile))
