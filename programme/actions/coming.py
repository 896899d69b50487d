"""Take answers to whether people still come to the days in person, and ask those who have not answered (decision 51).

An answer changes no registration and no attendance. A no releases the seats in sessions in person, which go to the waiting lists
at once; a yes after it takes them back where they are free, and joins the waiting lists of the others.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.chooser import Chooser
from programme.actions.locks import lock_for_seats, lock_idle
from programme.actions.seats import released_text
from programme.actions.wishes import WishAnswer
from programme.errors import ProgrammeError
from programme.models import ComingAnswer, ComingQuestion, Participant, Session
from programme.queries.coming import AskingEdition, asking_edition, due_emails, editions_asking, without_answer
from programme.queries.in_person_days import coming_rule_of, sessions_in_person
from programme.rules.coming import ComingEmail, ComingRule
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

AT_A_TIME = 100  # emails in one transaction
Answers = list[tuple[Session | None, WishAnswer]]


@dataclass(frozen=True)
class ComingOutcome:
    """What an answer changed: whether the answer is another one than before, and what followed for seats, in sentences."""

    is_changed: bool
    seats: tuple[str, ...] = ()


@transaction.atomic
def answer_coming(*, participant: Participant, is_coming: bool, days: str, by: User) -> ComingOutcome:
    """Record whether a participant comes to the days in person, and release their seats there, or take them back.

    `days`: the key of the days that the question was about. The same answer again changes nothing, except that a no also releases
    seats chosen since. Raises ProgrammeError, changing nothing, if they are not registered, nobody is asked now, or the days
    have moved.
    """
    locked = lock_for_seats(participant)
    if not locked.is_registered:
        raise ProgrammeError(_("You are no longer registered."))
    in_person = sessions_in_person(locked.edition)
    rule = check_can_answer(coming_rule_of(locked.edition, in_person), days)
    before = ComingAnswer.objects.filter(participant=locked).first()
    if before and before.answered_at < locked.state_at:  # they have registered anew since
        before.released, before.not_waited_for = [], []
    if before and before.is_coming == is_coming and before.holds(rule.days, locked.state_at):
        answer = before
    else:
        answer = new_answer(before, locked, rule, is_coming=is_coming, by=by)
    concerned = {*before.released, *before.not_waited_for} if before else set()
    if not is_coming:
        concerned |= {it.pk for it in in_person if it.takes_seats}
    # Most people say yes, and need not wait for the lock of a session.
    chooser = Chooser.of(locked, concerned) if concerned else None
    answers: Answers = []
    if chooser:
        answers = take_back(chooser, before) if before and is_coming else release(chooser, answer)
    if answer is before and not answers:
        return ComingOutcome(is_changed=False)
    with acting(by):
        answer.save()
    texts = chooser.save_and_answer(by, answers) if chooser else []
    return ComingOutcome(answer is not before, tuple(str(text) for _session, text in texts))


def check_can_answer(rule: ComingRule | None, days: str) -> ComingRule:
    """Return the rule. Raises ProgrammeError unless people are asked about these days now."""
    now = timezone.now()
    if rule is None or now < rule.asks_at:
        raise ProgrammeError(_("There is nothing to answer at the moment."))
    if rule.days.key != days:
        raise ProgrammeError(_("The days in person have changed. Please answer for the new days."))
    if not rule.is_open(now):
        raise ProgrammeError(_("You can no longer answer or change your answer. Write to the organisers."))
    return rule


def new_answer(
    before: ComingAnswer | None, participant: Participant, rule: ComingRule, *, is_coming: bool, by: User
) -> ComingAnswer:
    """Return an answer, in place of the one `before`, if any. A repeated no keeps what the earlier one released. Not saved."""
    answer = ComingAnswer(
        pk=before.pk if before else None,
        participant=participant,
        is_coming=is_coming,
        first_on=rule.days.first_on,
        last_on=rule.days.last_on,
        answered_by=by,
    )
    if before and not is_coming:
        answer.released, answer.not_waited_for = [*before.released], [*before.not_waited_for]
    return answer


def release(chooser: Chooser, answer: ComingAnswer) -> Answers:
    """Release the seats in sessions in person still to come, and leave their waiting lists. Notes both in the answer."""
    now = timezone.now()
    in_person = [it for it in chooser.seats.values() if it.session.format == Session.Format.IN_PERSON]
    seats = [it for it in in_person if it.session_id in chooser.slots and it.starts_at and it.starts_at > now]
    for seat in seats:
        noted = answer.released if seat.is_held else answer.not_waited_for
        if seat.session_id not in noted:
            noted.append(seat.session_id)
    chooser.drop(seats)
    return [(None, WishAnswer(released_text(it))) for it in seats]


def take_back(chooser: Chooser, answer: ComingAnswer) -> Answers:
    """Take the seats that a no released, or join the waiting lists of sessions that are full by now.

    Not at a time at which they have chosen something since.
    """
    answers: Answers = []
    numbers = [*answer.released, *answer.not_waited_for]
    gone = Session.objects.in_bulk([it for it in numbers if it not in chooser.sessions])
    for number in numbers:
        session = chooser.sessions.get(number)
        if session is None:
            if number in gone:
                text = _("“%(session)s” can no longer be chosen.") % {"session": gone[number]}
                answers.append((None, WishAnswer(text, is_granted=False)))
            continue
        chosen = chooser.at_the_time_of(session)
        if number in answer.not_waited_for:  # they waited beside the seat that they may just have taken back
            chosen = [it for it in chosen if not it.is_held]
        if number not in chooser.seats and not chosen:
            answers.append((session, chooser.take(session, may_wait=True)))
    return answers


def ask_who_comes() -> int:
    """Email the people who are to be asked now, some at a time, each with a commit of their own. Return how many.

    Raises an ExceptionGroup of what failed, once all editions had their turn.
    """
    n_sent, errors = 0, []
    for asking in editions_asking(timezone.now()):
        try:
            n_sent += ask_in(asking)
        except Exception as error:
            logger.exception("Asking who comes to edition %s failed", asking.edition.pk)
            errors.append(error)
    if errors:
        msg = "Some people could not be asked whether they come"
        raise ExceptionGroup(msg, errors)
    return n_sent


def ask_in(asking: AskingEdition) -> int:
    """Email the people of one edition. Return how many."""
    numbers = [person.pk for person, _email in due_emails(asking, timezone.now())]
    return sum(ask_some(asking, numbers[start : start + AT_A_TIME]) for start in range(0, len(numbers), AT_A_TIME))


@transaction.atomic
def ask_some(asking: AskingEdition, numbers: Collection[int]) -> int:
    """Email some people (primary keys), read again under their locks. Return how many. Who is locked is asked the next time."""
    due = due_emails(asking, timezone.now(), among=lock_idle(numbers))
    post([question_to(person, asking.rule, email) for person, email in due])
    return len(due)


def question_to(person: Participant, rule: ComingRule, email: ComingEmail) -> Message:
    """Compose an email that asks somebody, with the row that stands for it. Not saved."""
    message = written_question(person, rule, is_reminder=email is ComingEmail.REMINDER)
    days = {"first_on": rule.days.first_on, "last_on": rule.days.last_on}
    row = ComingQuestion(participant=person, is_reminder=email is ComingEmail.REMINDER, **days)
    message.records = [*message.records, row]
    return message


def written_question(person: Participant, rule: ComingRule, *, is_reminder: bool) -> Message:
    """Compose an email that asks somebody whether they come. It is not sent once nobody can answer. Not saved."""
    return emails.written_to(person, "coming_question", rule=rule, is_reminder=is_reminder, expires_at=rule.ends_at)


@transaction.atomic
def compose_question(*, participant: Participant) -> Message:
    """Return the question to somebody who has not answered. Not saved. Raises ProgrammeError if there is nothing to ask."""
    asking = asking_edition(participant.edition)
    now = timezone.now()
    if asking is None or not asking.rule.is_open(now) or not without_answer(asking).filter(pk=participant.pk).exists():
        raise ProgrammeError(_("They have answered, or nobody is asked at the moment."))
    return written_question(participant, asking.rule, is_reminder=False)
