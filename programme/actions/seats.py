"""Choose seats in parallel sessions, release them, and assign or remove them as an organiser.

Choosing a full session adds to its waiting list and keeps the seat held at the same time. Choosing a session ends waiting
for another at the same time, unless the seat is meant for the meanwhile.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.chooser import Chooser
from programme.actions.wishes import Wish, WishAnswer
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.models import Participant, Seat, Session
from programme.queries.coming import who_said_no
from programme.rules.sessions import overlap
from programme.rules.windows import Window
from udtacademy.accounts.models import User


@dataclass(frozen=True)
class WishOutcome:
    """The result of a wish, as a sentence. `starts_at` (aware): of the slot or session."""

    starts_at: dt.datetime
    text: str
    is_granted: bool


@transaction.atomic
def choose_seats(*, participant: Participant, wishes: Iterable[Wish], by: User) -> list[WishOutcome]:
    """Grant each wish if seats allow; one that cannot be granted changes nothing. Return an outcome for each.

    After them come outcomes of promotions: releasing one seat may serve others and thereby the participant's own wait.

    Raises ProgrammeError, changing nothing, if choosing is not open or a session cannot be chosen.
    """
    wishes = list(wishes)
    chooser = Chooser.of(participant, {session.pk for wish in wishes for session in wish.slot.sessions})
    check_open(chooser.participant)
    # Compare every wish with what stands before the first one changes it.
    judged = [(wish, chooser.is_outdated(wish)) for wish in wishes]
    answers = [(wish.session, chooser.grant(wish, is_outdated=is_outdated)) for wish, is_outdated in judged]
    answers = chooser.save_and_answer(by, answers)
    starts = [wish.slot.starts_at for wish, _is_outdated in judged]
    starts += [it.starts_at for it, _answer in answers[len(judged) :] if it and it.starts_at]
    return [
        WishOutcome(starts_at, str(answer), answer.is_granted)
        for starts_at, (_session, answer) in zip(starts, answers, strict=True)
    ]


@transaction.atomic
def release_seat(*, participant: Participant, session: Session, by: User, is_back: bool = False) -> str:
    """Leave a waiting list, or give up a seat, which goes to the first on the waiting list. Return the result in sentences.

    `is_back`: return to the session they were moved from; if that is full by now they keep this seat and wait for the
    other. A seat from the waiting list can be declined after choosing has closed. Raises ProgrammeError if there is no
    such seat, no way back, if the session has started or choosing is closed.
    """
    chooser = Chooser.of(participant, {session.pk})
    seat = chooser.seats.get(session.pk)
    if seat is None:
        raise ProgrammeError(
            _("You no longer have a seat in “%(session)s” and are not on its waiting list.") % {"session": session},
            code="no_seat",
        )
    if seat.starts_at and seat.starts_at <= timezone.now():
        raise ProgrammeError(_("“%(session)s” has already started.") % {"session": session}, code="session_started")
    if seat.is_held and not seat.is_promoted:
        check_open(chooser.participant)
    if is_back:
        origin = chooser.sessions.get(seat.moved_from_id or 0)
        if origin is None or not overlap(origin, session):
            raise ProgrammeError(
                _("You cannot go back, so you keep your seat in “%(session)s”.") % {"session": session},
                code="no_way_back",
            )
        return in_sentences(chooser.save_and_answer(by, [(origin, chooser.take(origin, may_wait=True))]))
    chooser.drop([seat])
    return in_sentences(chooser.save_and_answer(by, [(None, WishAnswer(released_text(seat)))]))


def released_text(seat: Seat) -> str:
    """Say to the participant that they gave up a seat, or left the waiting list."""
    if seat.is_held:
        text = _("You no longer have a seat in “%(session)s”.")
    else:
        text = _("You are no longer on the waiting list for “%(session)s”.")
    return text % {"session": seat.session}


@transaction.atomic
def take_offered_seat(*, participant: Participant, session: Session, by: User) -> str:
    """Take an offered seat in place of those held at the same time: first come, first served. Return the result in sentences.

    Also after choosing has closed. Raises ProgrammeError, changing nothing, if no seat is free any more, the session has
    started, or they are not on its waiting list.
    """
    chooser = Chooser.of(participant, {session.pk})
    seat, open_session = chooser.seats.get(session.pk), chooser.sessions.get(session.pk)
    if seat is None:
        raise ProgrammeError(
            _("You no longer have a seat in “%(session)s” and are not on its waiting list.") % {"session": session},
            code="no_seat",
        )
    if open_session is None:
        raise ProgrammeError(
            _("“%(session)s” has started or can no longer be chosen.") % {"session": session}, code="session_not_open"
        )
    if not seat.is_held and not open_session.is_free_to_take:
        text = _("“%(session)s” no longer has a free seat, so nothing was changed. You are still on its waiting list.")
        raise ProgrammeError(text % {"session": session}, code="session_full")
    return in_sentences(chooser.save_and_answer(by, [(open_session, chooser.take(open_session, may_wait=True))]))


def in_sentences(answers: Iterable[tuple[Session | None, WishAnswer]]) -> str:
    return " ".join(str(answer) for _session, answer in answers)


@transaction.atomic
def assign_seat(*, participant: Participant, session: Session, by: User, reason: str = "") -> bool:
    """Give somebody a seat as an organiser, in place of those held at the same time, and tell them.

    Only with a reason, which is stored with the seat, beyond the capacity, and in person to somebody who said that they do not
    come: that answer is withdrawn. Return whether anything changed. Raises ProgrammeError for these without a reason, somebody not
    registered, or a session that takes no seats.
    """
    if session.edition_id != participant.edition_id:
        raise ProgrammeError(
            _("“%(session)s” belongs to another edition.") % {"session": session}, code="other_edition"
        )
    chooser = Chooser.of(participant, {session.pk}, assigned_by=by, reason=reason)
    present = chooser.seats.get(session.pk)
    if present and present.is_held:
        return False
    target = session_to_assign(chooser.participant, session, is_overruled=bool(reason))
    others = chooser.at_the_time_of(target)
    chooser.hold(target, is_overbooked=not target.has_free_seat)
    chooser.withdraw_no(by)
    chooser.save(by)
    emails.queue_to_participant(
        "seat_assigned",
        chooser.participant,
        session=target,
        given_up=titles(it.session for it in others if it.is_held),
        not_waited_for=titles(it.session for it in others if not it.is_held),
        enters=chooser.entered,
        leaves=chooser.left,
    )
    return True


def session_to_assign(participant: Participant, session: Session, *, is_overruled: bool) -> Session:
    """Return the session with its counts. Raises ProgrammeError if the participant cannot be given a seat, as `assign_seat`."""
    sessions = participant.edition.sessions.parallel().published().with_offers()
    ahead = sessions.select_related("room__venue", "track").filter(ends_at__gt=timezone.now())
    target = ahead.filter(pk=session.pk).first()
    if target is None:
        raise ProgrammeError(
            _("“%(session)s” has no seats to give: it is over, cancelled, not published or for everybody.")
            % {"session": session},
            code="session_without_seats",
        )
    if is_overruled:
        return target
    if not target.has_free_seat:
        raise ProgrammeError(
            _("“%(session)s” is full: %(n)s of %(all)s. Enter a reason to exceed its capacity.")
            % {"session": session, "n": target.n_held, "all": target.n_seats},
            code="session_full",
        )
    if target.format == Session.Format.IN_PERSON and who_said_no([participant]):
        text = _("%(name)s said that they do not come. Enter a reason to give them a seat; it removes that answer.")
        raise ProgrammeError(text % {"name": participant}, code="not_coming")
    return target


@transaction.atomic
def remove_seat(*, seat: Seat, by: User, reason: str = "") -> bool:
    """Remove somebody from a session or its waiting list as an organiser, and tell them. Return whether anything changed."""
    chooser = Chooser.of(seat.participant, {seat.session_id})
    present = chooser.seats.get(seat.session_id)
    if present is None:
        return False
    chooser.drop([present])
    chooser.save(by)
    emails.queue_to_participant("seat_removed", chooser.participant, seat=present, reason=reason, leaves=chooser.left)
    return True


def check_open(participant: Participant) -> None:
    """Raise ProgrammeError unless choosing is open in the participant's edition."""
    window = participant.edition.choice_window(timezone.now())
    if window is Window.OVER:
        raise ProgrammeError(_("You can no longer choose tracks."), code="choosing_over")
    if window is not Window.OPEN:
        raise ProgrammeError(_("You cannot choose tracks yet."), code="choosing_not_open")
