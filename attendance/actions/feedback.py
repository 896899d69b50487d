"""Giving feedback on a session (decision 76)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from attendance.models import FeedbackGiven, FeedbackTally
from attendance.queries.feedback import asked_of
from attendance.rules.feedback import add_answers, renewed
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Participant, Session
from programme.rules.session_feedback import can_answer, questions_of

QUESTIONS_CHANGED = _(
    "The organisers have changed the questions. Nothing has been counted yet: check your answers, then send them again."
)


@transaction.atomic
def give_feedback(*, participant: Participant, session: Session, answers: Mapping[str, str]) -> bool:
    """Count the answers of somebody who was at a session. Return False, and count nothing, if they have answered before.

    What is written says neither when, nor which answers were theirs. Raises ProgrammeError unless they were there and people can
    answer now, and without any answer; NotAsReadError, and counts nothing, if one is no answer to the questions of the session.
    """
    asked = asked_of(participant, session)
    if asked is None or not asked.is_open(timezone.now()):
        raise ProgrammeError(_now("You can no longer give feedback on this session."), code="feedback_closed")
    given = {key: normalize_newlines(text).strip() for key, text in answers.items()}
    if not any(given.values()):
        raise ProgrammeError(_now("Answer at least one question."), code="no_answers")
    _row, is_new = FeedbackGiven.objects.get_or_create(
        participant=participant, session=session, defaults={"edition_id": session.edition_id}
    )
    if not is_new:
        return False
    questions = [it.as_row() for it in asked.questions]
    FeedbackTally.objects.get_or_create(
        session=session,
        defaults={"edition_id": session.edition_id, "questions": questions, "closes_on": asked.closes_on},
    )
    tally = FeedbackTally.objects.select_for_update(no_key=True).get(session=session)
    fixed = questions_of(tally.questions)
    if not can_answer(fixed, given):  # the first answer of somebody else has fixed other questions than those read
        raise NotAsReadError(QUESTIONS_CHANGED)
    tally.answers = add_answers(tally.answers, fixed, given)
    tally.n_given += 1
    shown = renewed(tally.shown, tally.answers)
    if shown != tally.shown:
        tally.shown, tally.n_shown = shown, tally.n_given
    tally.save()
    return True
