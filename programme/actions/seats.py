"""Choosing seats in parallel sessions, giving them up, and what organisers overrule.

A full session is waited for; waiting costs nobody the seat they have. The last choice is the wish: choosing one session
ends waiting for another at the same time, unless it is only meant for the meanwhile.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.chooser import Answer, Chooser, Wish
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.models import Participant, Seat, Session
from programme.rules.sessions import overlap
from programme.rules.windows import Window
from udtacademy.accounts.models import User


@dataclass(frozen=True)
class Outcome:
    """What became of a wish, or followed from it, in a sentence; `starts_at` is when the slot or session does."""

    starts_at: dt.datetime
    text: str
    is_granted: bool


@transaction.atomic
def choose_seats(*, participant: Participant, wishes: Iterable[Wish], by: User) -> list[Outcome]:
    """Grant the wishes as far as there are places; what cannot be granted changes nothing. The outcome of each.

    Behind them, what else it has changed for them: giving up one seat may serve others, and come round to what they wait for.

    Raises ProgrammeError when choosing is not open, or a session cannot be chosen (any more); nothing is changed then.
    """
    chooser = Chooser.of(participant)
    check_open(chooser.participant)
    # What stands is compared with what was seen before the first of the wishes changes it.
    judged = [(wish, chooser.is_outdated(wish)) for wish in wishes]
    answers = [(wish.session, chooser.grant(wish, is_outdated=is_outdated)) for wish, is_outdated in judged]
    answers = chooser.save_and_answer(by, answers)
    starts = [wish.slot.starts_at for wish, _is_outdated in judged]
    starts += [it.starts_at for it, _answer in answers[len(judged) :] if it and it.starts_at]
    return [
        Outcome(starts_at, str(answer), answer.is_granted)
        for starts_at, (_session, answer) in zip(starts, answers, strict=True)
    ]


@transaction.atomic
def release_seat(*, participant: Participant, session: Session, by: User, is_back: bool = False) -> str:
    """Stop waiting, or give a seat up: what became of it, in sentences. The first in line gets the place.

    `is_back`: back to the session from which they were moved here; when that is full by now, they keep this seat and
    wait for the other, so that nobody ends with nothing. A seat that came from the waiting list can be declined after
    choosing has closed, too. Raises ProgrammeError when there is no such seat or no way back, when it has begun, or
    choosing is closed.
    """
    chooser = Chooser.of(participant)
    seat = chooser.seats.get(session.pk)
    if seat is None:
        raise ProgrammeError(_("You have no seat in “%s” any more, and do not wait for one.") % session)
    if seat.starts_at and seat.starts_at <= timezone.now():
        raise ProgrammeError(_("“%s” has begun.") % session)
    if seat.is_held and not seat.is_promoted:
        check_open(chooser.participant)
    if is_back:
        origin = chooser.sessions.get(seat.moved_from_id or 0)
        if origin is None or not overlap(origin, session):
            raise ProgrammeError(_("There is no way back: you keep your seat in “%s”.") % session)
        return in_sentences(chooser.save_and_answer(by, [(origin, chooser.take(origin, may_wait=True))]))
    chooser.drop([seat])
    text = _("You have no seat in “%s” any more.") if seat.is_held else _("You no longer wait for “%s”.")
    return in_sentences(chooser.save_and_answer(by, [(None, Answer(text % session))]))


@transaction.atomic
def take_offered_seat(*, participant: Participant, session: Session, by: User) -> str:
    """Take the free place that one was asked to take, in place of what one has at the same time: first come, first served.

    Possible after choosing has closed, too. Returns what became of it, in sentences. Raises ProgrammeError when somebody
    else was first, when it has begun, and when they do not wait for it; nothing is changed then.
    """
    chooser = Chooser.of(participant)
    own, found = chooser.seats.get(session.pk), chooser.sessions.get(session.pk)
    if own is None:
        raise ProgrammeError(_("You have no seat in “%s” any more, and do not wait for one.") % session)
    if found is None:
        raise ProgrammeError(_("“%s” has begun, or cannot be chosen any more.") % session)
    if not own.is_held and not found.is_free_to_take:
        text = _("No place in “%s” is free any more; nothing was changed. You still wait for a seat.")
        raise ProgrammeError(text % session)
    return in_sentences(chooser.save_and_answer(by, [(found, chooser.take(found, may_wait=True))]))


def in_sentences(answers: Iterable[tuple[Session | None, Answer]]) -> str:
    return " ".join(str(answer) for _session, answer in answers)


@transaction.atomic
def assign_seat(*, participant: Participant, session: Session, by: User, reason: str = "") -> bool:
    """Give somebody a seat as an organiser, in place of what they have at the same time, and tell them.

    Beyond the places only with a reason, which is kept with the seat. Whether that changed something. Raises
    ProgrammeError for a full session without a reason, and for people or sessions that have no seats.
    """
    if session.edition_id != participant.edition_id:
        raise ProgrammeError(_("“%s” is not a session of their edition.") % session)
    chooser = Chooser.of(participant, assigned_by=by, reason=reason)
    own = chooser.seats.get(session.pk)
    if own and own.is_held:
        return False
    found = chooser.edition_sessions().published().filter(pk=session.pk, ends_at__gt=timezone.now()).first()
    if found is None:
        raise ProgrammeError(
            _("“%s” takes no seats: it is over, cancelled, not published, or for everybody.") % session
        )
    is_full = not found.has_free_seat
    if is_full and not reason:
        raise ProgrammeError(
            _("“%(session)s” is full: %(n)s of %(places)s. To go beyond it, say why.")
            % {"session": session, "n": found.n_held, "places": found.n_seats}
        )
    others = chooser.at_the_time_of(found)
    chooser.hold(found, is_overbooked=is_full)
    chooser.save(by)
    emails.queue_to_participant(
        "seat_assigned",
        chooser.participant,
        session=found,
        given_up=titles(it.session for it in others if it.is_held),
        not_waited_for=titles(it.session for it in others if not it.is_held),
        enters=chooser.entered,
        leaves=chooser.left,
    )
    return True


@transaction.atomic
def take_seat(*, seat: Seat, by: User, reason: str = "") -> bool:
    """Take a seat, or a place in line, from somebody as an organiser, and tell them. Whether that changed something."""
    chooser = Chooser.of(seat.participant)
    own = chooser.seats.get(seat.session_id)
    if own is None:
        return False
    chooser.drop([own])
    chooser.save(by)
    emails.queue_to_participant("seat_taken", chooser.participant, seat=own, reason=reason, leaves=chooser.left)
    return True


def check_open(participant: Participant) -> None:
    """Raise the ProgrammeError that says why nothing can be chosen now, if so."""
    window = participant.edition.choice_window(timezone.now())
    if window is not Window.OPEN:
        closed = window is Window.OVER
        raise ProgrammeError(_("Choosing is closed.") if closed else _("Choosing has not opened yet."))
