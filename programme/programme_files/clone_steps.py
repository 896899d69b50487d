"""Clone the steps of Action Plans: they are due before the same sessions, moved. Plans stay behind."""

from collections.abc import Sequence

from programme.models import ActionPlanStep, Edition, Session
from programme.programme_files.feedback_sets import clone_feedback

COPIED_OF_STEPS = ("slug", "title", "guidance", "days_before", "position")


def clone_what_is_about_sessions(edition: Edition, clone: Edition, sessions: Sequence[tuple[Session, Session]]) -> None:
    """Save the steps of Action Plans and the questions about sessions of the new edition."""
    clone_steps(edition, clone, sessions)
    clone_feedback(edition, clone, sessions)


def clone_steps(edition: Edition, clone: Edition, sessions: Sequence[tuple[Session, Session]]) -> None:
    """Save the steps of the new edition. One whose session was not copied has none."""
    copies = {before.pk: after for before, after in sessions}
    for step in edition.steps.all():
        values = {name: getattr(step, name) for name in COPIED_OF_STEPS}
        ActionPlanStep.objects.create(edition=clone, session=copies.get(step.session_id or 0), **values)
