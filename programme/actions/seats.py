"""Choosing seats in parallel sessions, giving them up, and what organisers overrule.

A full session is waited for; waiting costs nobody the seat they have. The last choice is the wish: choosing one session
ends waiting for another at the same time, unless it is only meant for the meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails, rules
from programme.actions.invitations import lock_delegations
from programme.actions.seat_lines import fill_free_seats, lock_sessions
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.history import acting
from programme.models import Participant, Seat, Session, User
from programme.rules import Slot

if TYPE_CHECKING:
    from programme.models.session_queryset import SessionQuerySet


@dataclass(frozen=True)
class Wish:
    """What somebody would like in one slot: a seat in the `session`; without one, no seat in any of the slot.

    `seen` is what stood as chosen when the wish was made, at most one session: a wish from an old page changes nothing.
    None: whatever stood. `is_full`: the session is known to be full, and waited for. `is_meanwhile`: a seat besides
    waiting for another session, which goes on.
    """

    slot: Slot[Session]
    session: Session | None
    seen: tuple[Session, ...] | None = None
    is_full: bool = False
    is_meanwhile: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a wish, in a sentence."""

    wish: Wish
    text: str
    is_granted: bool


@transaction.atomic
def choose_seats(*, participant: Participant, wishes: Iterable[Wish], by: User) -> list[Outcome]:
    """Grant the wishes as far as there are places; what cannot be granted changes nothing. The outcome of each.

    Raises ProgrammeError when choosing is not open, or a session cannot be chosen (any more); nothing is changed then.
    """
    chooser = Chooser.of(participant)
    check_open(chooser.participant)
    # What stands is compared with what was seen before the first of the wishes changes it.
    judged = [(wish, chooser.is_outdated(wish)) for wish in wishes]
    outcomes = [chooser.grant(wish, is_outdated=is_outdated) for wish, is_outdated in judged]
    chooser.save(by)
    chooser.tell()
    return outcomes


@transaction.atomic
def release_seat(*, participant: Participant, session: Session, by: User, is_back: bool = False) -> str:
    """Stop waiting, or give a seat up: what became of it, in a sentence. The first in line gets the place.

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
        if origin is None or not rules.overlap(origin, session):
            raise ProgrammeError(_("There is no way back: you keep your seat in “%s”.") % session)
        text, _is_granted = chooser.take(origin, may_wait=True)
    else:
        chooser.drop([seat])
        text = _("You have no seat in “%s” any more.") if seat.is_held else _("You no longer wait for “%s”.")
        text %= session
    chooser.save(by)
    chooser.tell()
    return text


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
    is_full = not found.has_free_place
    if is_full and not reason:
        raise ProgrammeError(
            _("“%(session)s” is full: %(n)s of %(places)s. To go beyond it, say why.")
            % {"session": session, "n": found.n_held, "places": found.n_places}
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
    if window is not rules.Window.OPEN:
        closed = window is rules.Window.OVER
        raise ProgrammeError(_("Choosing is closed.") if closed else _("Choosing has not opened yet."))


@dataclass
class Chooser:
    """One participant's seats and the sessions that can be chosen, locked until the transaction ends.

    Changes are noted and written at once by `save`: a constant number of queries, however many wishes.
    """

    participant: Participant
    sessions: dict[int, Session]
    seats: dict[int, Seat]
    assigned_by: User | None = None
    reason: str = ""
    dropped: list[Seat] = field(default_factory=list)
    added: list[Seat] = field(default_factory=list)

    @classmethod
    def of(cls, participant: Participant, **overruling: object) -> "Chooser":
        lock_delegations([participant.delegation])
        locked = Participant.objects.with_people().select_for_update(of=["self"], no_key=True).get(pk=participant.pk)
        lock_sessions([locked.edition_id])
        if not locked.is_registered:
            raise ProgrammeError(_("Only those registered have seats; %s is not.") % locked)
        chooser = cls(locked, {}, {}, **overruling)  # type: ignore[arg-type]
        chooser.sessions = {it.pk: it for it in chooser.edition_sessions().open_to_choice(timezone.now())}
        chooser.seats = {seat.session_id: seat for seat in locked.seats.select_related("session")}
        return chooser

    def edition_sessions(self) -> "SessionQuerySet":
        return self.participant.edition.sessions.parallel().with_seats()

    def grant(self, wish: Wish, *, is_outdated: bool) -> Outcome:
        session = wish.session and self.sessions.get(wish.session.pk)
        if wish.session and not session:
            raise ProgrammeError(_("“%s” cannot be chosen any more. Look again.") % wish.session)
        if is_outdated:
            text = _("Your choice has changed since this page was made; nothing was changed now. Look again.")
            return Outcome(wish, text, is_granted=False)
        if session is None:
            self.drop([self.seats[it.pk] for it in wish.slot.sessions if it.pk in self.seats])
            return Outcome(wish, _("You have no seat here."), is_granted=True)
        text, is_granted = self.take(session, may_wait=wish.is_full, is_meanwhile=wish.is_meanwhile)
        return Outcome(wish, text, is_granted=is_granted)

    def is_outdated(self, wish: Wish) -> bool:
        """Whether it was made while something else stood than what does now, and it is not what it asks for either."""
        if wish.is_meanwhile:
            return wish.session is not None and any(it.is_held for it in self.at_the_time_of(wish.session))
        states = {seat.session: seat.state for seat in self.seats.values()}
        wanted = (wish.session,) if wish.session else ()
        return wish.seen is not None and rules.chosen(wish.slot.sessions, states) not in (wish.seen, wanted)

    def take(self, session: Session, *, may_wait: bool, is_meanwhile: bool = False) -> tuple[str, bool]:
        """A seat in the session, or a place in its line; what came of it, and whether it was granted."""
        own = self.seats.get(session.pk)
        if own is None and session.has_free_place and not session.n_waiting:
            given_up = self.hold(session, keeps_waiting=is_meanwhile)
            text = self.seat_text(session, given_up)
            return (f"{text} {_('You still wait for the other one.')}" if is_meanwhile else text), True
        if own is None and not may_wait:
            return _("“%s” has become full meanwhile; nothing was changed. You can wait for a seat.") % session, False
        if not is_meanwhile:
            self.drop([it for it in self.at_the_time_of(session) if not it.is_held])
        if own and own.is_held:
            return _("You have a seat in “%s”.") % session, True
        if own is None:
            self.add(session, Seat.State.WAITING)
            session.n_waiting += 1
        return self.waiting_text(session, own), True

    def hold(self, session: Session, *, keeps_waiting: bool = False, is_overbooked: bool = False) -> list[Session]:
        """A seat, in place of what there is at the same time; the sessions whose seats are given up for it."""
        others = self.at_the_time_of(session)
        own = self.seats.get(session.pk)
        self.drop([it for it in others if it.is_held or not keeps_waiting] + ([own] if own else []))
        self.add(session, Seat.State.HELD, held_at=timezone.now(), is_overbooked=is_overbooked)
        session.n_held += 1
        return [it.session for it in others if it.is_held]

    def at_the_time_of(self, session: Session) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.session_id != session.pk and rules.overlap(seat, session)]

    def add(self, session: Session, state: str, **values: object) -> None:
        edition = self.participant.edition
        overruling = {"assigned_by": self.assigned_by, "reason": self.reason}
        seat = Seat(participant=self.participant, session=session, edition=edition, state=state, **overruling, **values)
        seat.starts_at, seat.ends_at = session.starts_at, session.ends_at
        self.seats[session.pk] = seat
        self.added.append(seat)

    def drop(self, seats: Iterable[Seat]) -> None:
        for seat in seats:
            del self.seats[seat.session_id]
            self.dropped.append(seat)
            if seat in self.added:  # of an earlier wish of the same form
                self.added.remove(seat)
            if session := self.sessions.get(seat.session_id):
                session.n_held -= seat.is_held
                session.n_waiting -= not seat.is_held

    def save(self, by: User) -> None:
        """Write what was noted, and serve those who wait for what became free."""
        with acting(by):
            if self.dropped:
                Seat.objects.filter(pk__in=[seat.pk for seat in self.dropped if seat.pk]).delete()
            if self.added:
                Seat.objects.bulk_create(self.added)
            if self.dropped:
                fill_free_seats([self.participant.edition_id])

    @property
    def entered(self) -> list[Session]:
        """The sessions in which they have a seat now and had none."""
        before = {it.session_id for it in self.dropped if it.is_held}
        return [it.session for it in self.added if it.is_held and it.session_id not in before]

    @property
    def left(self) -> list[Session]:
        """The sessions in which they had a seat and have none now."""
        now = {it.session_id for it in self.seats.values() if it.is_held}
        return [it.session for it in self.dropped if it.is_held and it.pk and it.session_id not in now]

    def tell(self) -> None:
        """Bring the person's calendar up to date with what they have chosen."""
        if self.entered or self.left:
            held = [it.session for it in sorted(self.seats.values(), key=attrgetter("starts_at")) if it.is_held]
            for session in held:
                session.edition = self.participant.edition
            emails.queue_to_participant(
                "seats_chosen",
                self.participant,
                held=held,
                left=titles(self.left),
                enters=self.entered,
                leaves=self.left,
            )

    def seat_text(self, session: Session, given_up: Sequence[Session]) -> str:
        if not given_up:
            return _("You have a seat in “%s”.") % session
        text = _("You have a seat in “%(session)s” now, instead of %(others)s.")
        return text % {"session": session, "others": titles(given_up)}

    def waiting_text(self, session: Session, own: Seat | None) -> str:
        position = session.seats.in_line().filter(pk__lte=own.pk).count() if own and own.pk else session.n_waiting
        kept = next((it.session for it in self.at_the_time_of(session) if it.is_held), None)
        text = _("“%(session)s” is full: you wait as number %(n)s.") % {"session": session, "n": position}
        return f"{text} {_('You keep your seat in “%s” until then.') % kept}" if kept else text
