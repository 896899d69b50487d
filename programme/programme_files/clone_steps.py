"""Clone what is about sessions: steps of Action Plans, due before the same sessions, and questions. Plans and answers stay behind."""

from collections.abc import Sequence

from programme.models import ActionPlanStep, Edition, FeedbackSet, Session

COPIED_OF_SETS = ("questions", "open_days")
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


def clone_feedback(edition: Edition, clone: Edition, sessions: Sequence[tuple[Session, Session]]) -> None:
    """Save the sets of the new edition, without what people answered. Those of sessions that were not copied stay behind."""
    copies = {before.pk: after for before, after in sessions}
    FeedbackSet.objects.bulk_create(
        FeedbackSet(
            edition=clone,
            session=copies[it.session_id] if it.session_id else None,
            **{name: getattr(it, name) for name in COPIED_OF_SETS},
        )
        for it in edition.feedback_sets.order_by("pk")
        if it.session_id is None or it.session_id in copies
    )
