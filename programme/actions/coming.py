"""Take answers to whether people still come to the days in person (decision 51).

An answer changes no registration and no attendance. A no releases the seats in sessions in person, which go to the waiting lists
at once; a yes after it takes them back where they are free, and joins the waiting lists of the others.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.chooser import Chooser
from programme.actions.locks import lock_for_seats
from programme.actions.seats import released_text
from programme.actions.wishes import WishAnswer
from programme.errors import ProgrammeError
from programme.models import ComingAnswer, Participant, Session
from programme.queries.in_person_days import coming_rule_of, sessions_in_person
from programme.rules.coming import ComingRule
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

Answers = list[tuple[Session | None, WishAnswer]]


@dataclass(frozen=True)
class ComingOutcome:
    """What an answer changed: whether the answer is another one than before, and what followed for seats, in sentences."""

    is_changed: bool
    seats: tuple[str, ...] = ()


@transaction.atomic
def say_yes(*, participant: Participant, days: str, by: User) -> ComingOutcome:
    """Record that a participant comes to the days in person, and take back the seats that a no before released.

    `days`: the key of the days that the question was about. The same answer again changes nothing. Raises ProgrammeError, changing
    nothing, if they are not registered, nobody is asked now, or the days have moved.
    """
    locked, rule, _in_person, before = to_answer(participant, days)
    if before and before.is_coming and before.holds(rule.days, locked.state_at):
        return ComingOutcome(is_changed=False)
    save_answer(new_answer(before, locked, rule, is_coming=True, by=by), by)
    released = [*before.released, *before.not_waited_for] if before else []
    if before is None or not released:  # most people, who need not wait for the lock of a session
        return ComingOutcome(is_changed=True)
    chooser = Chooser.of_locked(locked, released)
    return ComingOutcome(is_changed=True, seats=sentences(chooser.save_and_answer(by, take_back(chooser, before))))


@transaction.atomic
def say_no(*, participant: Participant, days: str, by: User) -> ComingOutcome:
    """Record that a participant does not come to the days in person, and release their seats there.

    `days`: as of `say_yes`. The same answer again releases the seats chosen since. Raises ProgrammeError, as `say_yes`.
    """
    locked, rule, in_person, before = to_answer(participant, days)
    is_same = before is not None and not before.is_coming and before.holds(rule.days, locked.state_at)
    answer = before if before and is_same else new_answer(before, locked, rule, is_coming=False, by=by)
    concerned = {*answer.released, *answer.not_waited_for, *(it.pk for it in in_person if it.takes_seats)}
    chooser = Chooser.of_locked(locked, concerned) if concerned else None
    answers = release(chooser, answer) if chooser else []
    if is_same and not answers:
        return ComingOutcome(is_changed=False)
    save_answer(answer, by)
    texts = chooser.save_and_answer(by, answers) if chooser else []
    return ComingOutcome(is_changed=not is_same, seats=sentences(texts))


def to_answer(
    participant: Participant, days: str
) -> tuple[Participant, ComingRule, list[Session], ComingAnswer | None]:
    """Lock a participant who can answer now. Return them, the rule, the sessions in person, and their answer before, if any.

    An answer from before a new registration has no released seats. Raises ProgrammeError, as `say_yes`.
    """
    locked = lock_for_seats(participant)
    if not locked.is_registered:
        raise ProgrammeError(_("You are no longer registered."), code="not_registered")
    in_person = sessions_in_person(locked.edition)
    rule = check_can_answer(coming_rule_of(locked.edition, in_person), days)
    before = ComingAnswer.objects.filter(participant=locked).first()
    if before and before.answered_at < locked.state_at:
        before.released, before.not_waited_for = [], []
    return locked, rule, in_person, before


def save_answer(answer: ComingAnswer, by: User) -> None:
    with acting(by):
        answer.save()


def sentences(answers: Answers) -> tuple[str, ...]:
    return tuple(str(text) for _session, text in answers)


def check_can_answer(rule: ComingRule | None, days: str) -> ComingRule:
    """Return the rule. Raises ProgrammeError unless people are asked about these days now."""
    now = timezone.now()
    if rule is None or now < rule.asks_at:
        raise ProgrammeError(_("There is nothing to answer at the moment."), code="nothing_to_answer")
    if rule.days.key != days:
        raise ProgrammeError(_("The days in person have changed. Please answer for the new days."), code="days_changed")
    if not rule.is_open(now):
        raise ProgrammeError(
            _("You can no longer answer or change your answer. Write to the organisers."), code="answering_closed"
        )
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
