"""Giving feedback on a session (decision 76)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _

from attendance.models import FeedbackGiven, FeedbackTally
from attendance.queries.feedback import asked_of
from attendance.rules.feedback import add_answers, is_renewed
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from programme.rules.session_feedback import questions_of


@transaction.atomic
def give_feedback(*, participant: Participant, session: Session, answers: Mapping[str, str]) -> bool:
    """Count the answers of somebody who was at a session. Return False, and count nothing, if they have answered before.

    What is written says neither when, nor which answers were theirs. Raises ProgrammeError unless they were there and people can
    answer now, and without any answer.
    """
    asked = asked_of(participant, session)
    if asked is None or not asked.is_open(timezone.now()):
        raise ProgrammeError(_("You can no longer give feedback on this session."), code="feedback_closed")
    given = {key: normalize_newlines(text).strip() for key, text in answers.items()}
    if not any(given.values()):
        raise ProgrammeError(_("Answer at least one question."), code="no_answers")
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
    tally.answers = add_answers(tally.answers, questions_of(tally.questions), given)
    tally.n_given += 1
    if is_renewed(tally.n_given, tally.n_shown):
        tally.shown, tally.n_shown = tally.answers, tally.n_given
    tally.save()
    return True
