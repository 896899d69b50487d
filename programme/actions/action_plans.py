"""Writing an Action Plan: versions, submitting, comments, states and sharing (decision 68)."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _

from programme.actions.plan_mails import tell_feedback
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import (
    ActionPlan,
    ActionPlanComment,
    ActionPlanPart,
    ActionPlanStep,
    ActionPlanVersion,
    Delegation,
    Edition,
)
from programme.rules.action_plans import BY_ORGANISERS, LONGEST_PART, MOST_LINES, PartState
from programme.rules.markdown import MOST_COLUMNS, has_wide_table, refused_part
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


def clean_part(text: str) -> str:
    """Return a text as it is stored. Raises ProgrammeError for one that is too long, or has a table that is too wide, HTML or links that could run."""
    text = normalize_newlines(text).rstrip()
    if len(text) > LONGEST_PART or text.count("\n") >= MOST_LINES:
        sentence = _("Shorten this to %(n)s characters and %(lines)s lines, or upload a file.")
        raise ProgrammeError(sentence % {"n": f"{LONGEST_PART:,}", "lines": f"{MOST_LINES:,}"}, code="text_too_long")
    if has_wide_table(text):
        sentence = _("A table can have %(n)s columns. Make it narrower, or upload it as a file.")
        raise ProgrammeError(sentence % {"n": MOST_COLUMNS}, code="table_too_wide")
    if part := refused_part(text):
        sentence = _(
            "“%(part)s” cannot stay in the text: it has no HTML, and links lead to web pages and email addresses only."
            " Take it out, or put it between backticks (`) to show it as it is."
        )
        raise ProgrammeError(sentence % {"part": part}, code="text_with_html")
    return text


@transaction.atomic
def save_version(
    *, delegation: Delegation, step: ActionPlanStep, text: str, base: int, by: User, submit: bool = False
) -> ActionPlanPart:
    """Save a text as the next version of a part, unless it is as the last one; and submit it, if asked to.

    `base`: the number of the version that was changed, 0 for none. Raises NotAsReadError if somebody has saved another one
    since: nothing is saved then, and who asks sees both. Raises ProgrammeError for a text that is refused, a part that is final,
    and for submitting nothing.
    """
    text = clean_part(text)
    with acting(by):
        part = lock_part(delegation, step)
        last = part.versions.first()
        present = last.text if last else ""
        if text != present and base != part.n_versions:
            raise NotAsReadError(_("A colleague has saved another version since you began. Compare the two."))
        if text != present or (submit and last is None):
            check_not_final(part)
            add_version(part, text, by)
        if submit:
            submit_part(part, text)
        part.save()
    return part


def lock_part(delegation: Delegation, step: ActionPlanStep) -> ActionPlanPart:
    """Lock a city's part for a step, which is added if there is none."""
    values = {"edition_id": delegation.edition_id}
    plan, _is_new = ActionPlan.objects.get_or_create(delegation=delegation, defaults=values)
    ActionPlanPart.objects.get_or_create(plan=plan, step=step, defaults=values)
    return ActionPlanPart.objects.select_for_update(no_key=True).get(plan=plan, step=step)


def add_version(part: ActionPlanPart, text: str, by: User) -> None:
    part.n_versions += 1
    ActionPlanVersion.objects.create(part=part, number=part.n_versions, text=text, author=by)


def submit_part(part: ActionPlanPart, text: str) -> None:
    """Submit the last version with the files that there are, unless it was already and nothing was said to it since."""
    if not text.strip() and not part.files.exists():
        raise ProgrammeError(_("Write something or upload a file before you submit."), code="part_empty")
    has_new_files = part.submitted_at is None or part.files.filter(uploaded_at__gt=part.submitted_at).exists()
    if part.progress is PartState.SUBMITTED and part.submitted == part.n_versions and not has_new_files:
        return
    check_not_final(part)
    part.submitted, part.submitted_at = part.n_versions, timezone.now()
    part.state, part.state_at = PartState.SUBMITTED, timezone.now()


def check_not_final(part: ActionPlanPart) -> None:
    if part.progress is PartState.FINAL:
        raise ProgrammeError(
            _("This part is final. Ask the organisers if you want to change it."), code="action_plan_final"
        )


@transaction.atomic
def change_state(*, part: ActionPlanPart, state: PartState, seen: int | None, comment: str = "", by: User) -> bool:
    """Say that feedback was given on a part, which its city is told, or that it is final. Return whether that is new; the comment is
    added in any case.

    `seen`: the number of the submitted version that the organiser has read. Raises NotAsReadError if the city has submitted
    another one since, and ProgrammeError for a part that it has not submitted, and without a comment for feedback on one.
    """
    locked = ActionPlanPart.objects.select_for_update(no_key=True).get(pk=part.pk)
    if locked.submitted != seen:
        raise NotAsReadError(
            _("The city has submitted another version since you began. Read it, then send this again.")
        )
    is_new = locked.progress is not state
    if is_new and locked.progress not in BY_ORGANISERS[state]:
        raise ProgrammeError(_("The city has not submitted this part yet."), code="part_not_submitted")
    if state is PartState.FEEDBACK and locked.progress is PartState.SUBMITTED and not comment.strip():
        raise ProgrammeError(_("Write the feedback that the city gets."), code="no_feedback")
    with acting(by):
        if comment.strip():
            add_comment(part=locked, text=comment, by=by)
        if is_new:
            locked.state, locked.state_at = state, timezone.now()
            locked.save(update_fields=["state", "state_at"])
    if is_new and state is PartState.FEEDBACK:
        tell_feedback(locked)
    return is_new


@transaction.atomic
def add_comment(
    *, part: ActionPlanPart, text: str, by: User, delegation: Delegation | None = None
) -> ActionPlanComment:
    """Add a comment, of a city or (None) of the organisers. The same comment of the same person twice in a row is one."""
    edition, text = part.edition_id, normalize_newlines(text).strip()
    ActionPlanPart.objects.select_for_update(no_key=True).get(pk=part.pk)
    last = part.comments.last()
    if last and (last.author_id, last.text) == (by.pk, text):
        return last
    return ActionPlanComment.objects.create(part=part, edition_id=edition, author=by, delegation=delegation, text=text)


@transaction.atomic
def share_plan(*, delegation: Delegation, is_shared: bool, by: User) -> bool:
    """Let the other cities of the edition read and comment on what is submitted, or no longer. Return whether that is new."""
    with acting(by):
        plan, _is_new = ActionPlan.objects.get_or_create(
            delegation=delegation, defaults={"edition_id": delegation.edition_id}
        )
        return bool(ActionPlan.objects.filter(pk=plan.pk, is_shared=not is_shared).update(is_shared=is_shared))


@transaction.atomic
def release_plan(*, delegation: Delegation, is_released: bool, by: User) -> bool:
    """Let everybody read what is submitted, in the results of the edition, or no longer. Return whether that is new.

    What is kept of public pages expires at once.
    """
    with acting(by):
        values = {"edition_id": delegation.edition_id}
        plan, _is_new = ActionPlan.objects.get_or_create(delegation=delegation, defaults=values)
        others = ActionPlan.objects.filter(pk=plan.pk, is_released=not is_released)
        is_changed = bool(others.update(is_released=is_released))
        if is_changed:
            Edition.objects.filter(pk=delegation.edition_id).update(changed_at=F("changed_at"))
    return is_changed
