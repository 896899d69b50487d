"""Feedback in the demo edition: figures of the first session that is over, and too few answers about the next."""

from itertools import cycle

from django.utils import timezone

from attendance.actions.feedback import give_feedback
from attendance.queries.feedback import asked_sessions, those_there
from programme.models import Edition, FeedbackSet
from programme.rules.session_feedback import usual_questions

OPEN_DAYS = 60
FIRST = 2  # of those who were there, who still have to answer
N_ANSWERS = (14, 3)  # of the sessions that are over
ANSWERS = (
    {"satisfaction": "4", "useful": "4", "pace": "right", "change": "More time for questions."},
    {"satisfaction": "5", "useful": "5", "pace": "right"},
    {"satisfaction": "3", "useful": "4", "pace": "fast", "change": "Fewer slides, and one example of a small city."},
    {"satisfaction": "4", "useful": "3", "pace": "right"},
)


def seed_feedback(edition: Edition) -> None:
    """Ask the usual questions, and answer them for some people. Does nothing where something is asked."""
    if edition.feedback_sets.exists():
        return
    questions = [it.as_row() for it in usual_questions()]
    FeedbackSet.objects.create(edition=edition, questions=questions, open_days=OPEN_DAYS)
    now = timezone.now()
    over = [it.session for it in asked_sessions(edition) if it.is_open(now)]
    for session, n in zip(over, N_ANSWERS, strict=False):
        rows = those_there().filter(session=session).select_related("participant").order_by("participant")
        for row, answers in zip(rows[FIRST : FIRST + n], cycle(ANSWERS), strict=False):
            give_feedback(participant=row.participant, session=session, answers=answers)
