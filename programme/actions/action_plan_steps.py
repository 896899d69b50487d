"""The steps of an edition's Action Plans: adding, changing and removing them (decision 78)."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from programme.actions.locks import lock_draft
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import ActionPlanStep
from programme.rules.action_plans import MOST_STEPS
from programme.rules.plain_words import plain
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def save_step(*, step: ActionPlanStep, seen: str, by: User) -> ActionPlanStep:
    """Save a step that was changed, or (without a primary key) add it, with a web address of its title.

    `seen`: the token of the step that was changed (`ActionPlanStep.seen`). Raises NotAsReadError if somebody has changed it
    since, or if no token says that it was read, and ProgrammeError for one step too many, and for one that was removed meanwhile.
    """
    lock_draft(step.edition)
    others = step.edition.steps.all()
    present = others.filter(pk=step.pk).first() if step.pk else None
    if step.pk and present is None:
        raise ProgrammeError(_("This step has been removed meanwhile."), code="step_removed")
    if present is not None and present.seen not in {seen, step.seen}:
        raise NotAsReadError(_("Somebody has changed this step since you opened it. Look at it, then save again."))
    if present is None:
        if len(others) >= MOST_STEPS:
            sentence = _("An edition has at most %(n)s steps. Remove one first.")
            raise ProgrammeError(sentence % {"n": MOST_STEPS}, code="too_many_steps")
        step.slug = free_slug(step.title, {it.slug for it in others})
    with acting(by):
        step.save()
    return step


@transaction.atomic
def remove_step(*, step: ActionPlanStep, by: User) -> None:
    """Remove a step. Raises ProgrammeError if a city has written something for it: that stays."""
    lock_draft(step.edition)
    if step.parts.exists():
        raise ProgrammeError(_("Cities have written something for this step, so it stays."), code="step_has_parts")
    with acting(by):
        step.delete()


def free_slug(title: str, taken: set[str]) -> str:
    """Return a web address of a title that no other step has."""
    stem = slugify(plain(title)).replace("_", "-")[:50].strip("-") or "step"
    numbered = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(it for it in numbered if it not in taken)
