"""Questions about sessions in programme files and copies of editions: what a file changes, how it is written, what is copied."""

from collections.abc import Mapping, Sequence

from programme.models import Edition
from programme.programme_files.feedback_entries import FeedbackChoiceEntry, FeedbackEntry, FeedbackQuestionEntry
from programme.programme_files.row_plans import LeftAlone, RowPlan, plan_row
from programme.rules.session_feedback import FeedbackQuestion

FEEDBACK = "feedback"
USUAL = ""  # the key of the row for sessions without a set of their own


def plan_feedback(
    edition: Edition | None, entries: Sequence[FeedbackEntry], sessions: Mapping[str, RowPlan]
) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    """Plan the sets of questions, if the file has any. One query."""
    of_edition = edition.feedback_sets.select_related("session") if edition and entries else ()
    known = {it.session.slug if it.session else USUAL: it for it in of_edition}
    rows = tuple(
        plan_row(
            FEEDBACK,
            item.session or USUAL,
            sessions[item.session].title if item.session else str(edition or ""),
            known.pop(item.session or USUAL, None),
            {**item.as_row(), "session": sessions[item.session].ref if item.session else None},
        )
        for item in entries
    )
    return rows, tuple(LeftAlone(FEEDBACK, key, str(it)) for key, it in known.items())


def feedback_entries(edition: Edition) -> tuple[FeedbackEntry, ...]:
    """Return the sets of an edition as a file has them, that of all sessions first. One query."""
    sets = edition.feedback_sets.select_related("session").order_by("pk")
    entries = [
        FeedbackEntry(
            session=it.session.slug if it.session else None,
            open_days=it.open_days,
            questions=tuple(question_entry(question) for question in it.asked),
        )
        for it in sets
    ]
    return tuple(sorted(entries, key=lambda it: it.session or USUAL))


def question_entry(question: FeedbackQuestion) -> FeedbackQuestionEntry:
    choices = tuple(FeedbackChoiceEntry(key=key, labels=dict(it)) for key, it in question.choices.items())
    return FeedbackQuestionEntry(
        key=question.key, kind=question.kind.value, labels=dict(question.labels), choices=choices
    )
