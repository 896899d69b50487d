"""One participant's seats while they are being changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.locks import lock_delegations, lock_sessions
from programme.actions.seat_mails import Promotion
from programme.actions.waiting_lists import fill_free_seats
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.models import Participant, Seat, Session
from programme.rules.seats import chosen, moving_ends_at
from programme.rules.sessions import Slot, overlap
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

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
class Answer:
    """What came of asking for a session, and `ended`: what one no longer waits for by it, each in sentences."""

    text: str
    is_granted: bool = True
    ended: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.ended}".strip()


def concerns(promotion: Promotion, session: Session | None) -> bool:
    """Whether somebody was moved into the session by it, or out of it."""
    return session in (promotion.seat.session, *promotion.given_up)


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
    before: dict[int, Seat] = field(default_factory=dict)
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
        chooser.seats = chooser.seats_now()
        chooser.before = dict(chooser.seats)
        return chooser

    def seats_now(self) -> dict[int, Seat]:
        return {seat.session_id: seat for seat in self.participant.seats.select_related("session")}

    def edition_sessions(self) -> "SessionQuerySet":
        return self.participant.edition.sessions.parallel().with_offers()

    def grant(self, wish: Wish, *, is_outdated: bool) -> Answer:
        session = wish.session and self.sessions.get(wish.session.pk)
        if wish.session and not session:
            raise ProgrammeError(_("“%s” cannot be chosen any more. Look again.") % wish.session)
        if is_outdated:
            text = _("Your choice has changed since this page was made; nothing was changed now. Look again.")
            return Answer(text, is_granted=False)
        if session is None:
            own = [self.seats[it.pk] for it in wish.slot.sessions if it.pk in self.seats]
            self.drop(own)
            return Answer(_("You have no seat here."), ended=self.ended_text(own))
        return self.take(session, may_wait=wish.is_full, is_meanwhile=wish.is_meanwhile)

    def is_outdated(self, wish: Wish) -> bool:
        """Whether it was made while something else stood than what does now, and it is not what it asks for either."""
        if wish.is_meanwhile:
            return wish.session is not None and any(it.is_held for it in self.at_the_time_of(wish.session))
        states = {seat.session: seat.state for seat in self.seats.values()}
        wanted = (wish.session,) if wish.session else ()
        return wish.seen is not None and chosen(wish.slot.sessions, states) not in (wish.seen, wanted)

    def take(self, session: Session, *, may_wait: bool, is_meanwhile: bool = False) -> Answer:
        """A seat in the session, or a place in its line."""
        own = self.seats.get(session.pk)
        has_seat = own is not None and own.is_held
        if session.is_free_to_take and not has_seat:
            others = self.hold(session, keeps_waiting=is_meanwhile)
            text = self.seat_text(session, [it.session for it in others if it.is_held])
            text = f"{text} {_('You still wait for the other one.')}" if is_meanwhile else text
            return Answer(text, ended=self.ended_text(others))
        if own is None and not may_wait:
            text = _("“%s” has become full meanwhile; nothing was changed. You can wait for a seat.")
            return Answer(text % session, is_granted=False)
        ended = [] if is_meanwhile else [it for it in self.at_the_time_of(session) if not it.is_held]
        self.drop(ended)
        if own is None:
            self.add(session, Seat.State.WAITING)
            session.n_waiting += 1
        text = self.seat_text(session, []) if has_seat else self.waiting_text(session, own)
        return Answer(text, ended=self.ended_text(ended))

    def hold(self, session: Session, *, keeps_waiting: bool = False, is_overbooked: bool = False) -> list[Seat]:
        """A seat, in place of what there is at the same time; what is given up for it, seats and waiting."""
        others = [it for it in self.at_the_time_of(session) if it.is_held or not keeps_waiting]
        origins = [it.session for it in others if it.is_held]
        own = self.seats.get(session.pk)
        comes_from_waiting = own is not None and self.assigned_by is None
        self.drop([*others, own] if own else others)
        self.add(
            session,
            Seat.State.HELD,
            held_at=timezone.now(),
            is_overbooked=is_overbooked,
            is_promoted=comes_from_waiting,
            moved_from=origins[0] if comes_from_waiting and len(origins) == 1 else None,
        )
        session.n_held += 1
        return others

    def at_the_time_of(self, session: Session) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.session_id != session.pk and overlap(seat, session)]

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
                session.n_offered -= seat.offered_at is not None

    def save(self, by: User, *, is_answered: bool = False) -> list[Promotion]:
        """Write what was noted, and serve those who wait; how they themselves were moved by it, if `is_answered`.

        Then the caller tells them; else they are told of that as everybody is.
        """
        with acting(by):
            if self.dropped:
                Seat.objects.filter(pk__in=[seat.pk for seat in self.dropped if seat.pk]).delete()
            if self.added:
                Seat.objects.bulk_create(self.added)
            if not (self.dropped or self.added) or not any(it.n_waiting for it in self.sessions.values()):
                return []
            served = fill_free_seats([self.participant.edition_id], answered=self.participant if is_answered else None)
        return [it for it in served if is_answered and it.seat.participant == self.participant]

    def save_and_answer(
        self, by: User, answers: Sequence[tuple[Session | None, Answer]]
    ) -> list[tuple[Session | None, Answer]]:
        """Write what was noted, serve those who wait, and tell the person. Return the answers as they hold after that.

        `answers`: each with the session it is about. Where serving has moved the person, too, the answer about one of the
        sessions concerned says so; a move that none is about is a further answer, behind the others.
        """
        promotions = self.save(by, is_answered=True)
        if promotions:
            self.seats = self.seats_now()
        self.tell()
        moves = [(it, Answer(self.seat_text(it.seat.session, it.given_up))) for it in promotions]
        answered = [
            (session, next((replace(text, ended=answer.ended) for it, text in moves if concerns(it, session)), answer))
            for session, answer in answers
        ]
        others = [
            (it.seat.session, text) for it, text in moves if not any(concerns(it, session) for session, _ in answers)
        ]
        return [*answered, *others]

    @property
    def entered(self) -> list[Session]:
        """The sessions in which they have a seat now and had none."""
        before = {it.session_id for it in self.before.values() if it.is_held}
        return [it.session for it in self.seats.values() if it.is_held and it.session_id not in before]

    @property
    def left(self) -> list[Session]:
        """The sessions in which they had a seat and have none now."""
        now = {it.session_id for it in self.seats.values() if it.is_held}
        return [it.session for pk, it in self.before.items() if it.is_held and pk not in now]

    @property
    def not_waited_for(self) -> list[Session]:
        """The sessions for which they waited, and in which they have nothing now."""
        return [it.session for pk, it in self.before.items() if not it.is_held and pk not in self.seats]

    def tell(self) -> None:
        """Bring the person's calendar up to date with what they have chosen."""
        if self.entered or self.left:
            # Those without a time go with their session.
            own = sorted((it for it in self.seats.values() if it.starts_at), key=attrgetter("starts_at"))
            held = [it.session for it in own if it.is_held]
            for session in held:
                session.edition = self.participant.edition
            emails.queue_to_participant(
                "seats_chosen",
                self.participant,
                held=held,
                waited_for=titles(it.session for it in own if not it.is_held),
                left=titles(self.left),
                not_waited_for=titles(self.not_waited_for),
                enters=self.entered,
                leaves=self.left,
            )

    def seat_text(self, session: Session, given_up: Sequence[Session]) -> str:
        if not given_up:
            return _("You have a seat in “%s”.") % session
        text = _("You have a seat in “%(session)s” now, instead of %(others)s.")
        return text % {"session": session, "others": titles(given_up)}

    def waiting_text(self, session: Session, own: Seat | None) -> str:
        kept = next((it.session for it in self.at_the_time_of(session) if it.is_held), None)
        position = self.position_of(own) if own and own.pk else session.n_waiting
        text = _("“%(session)s” is full: you wait as number %(n)s.") % {"session": session, "n": position}
        if kept is None:
            return text
        starts = [it.starts_at for it in (session, kept) if it.starts_at]
        if timezone.now() >= moving_ends_at(starts, self.participant.edition.seat_moves_end_before):
            return f"{text} {_('You keep your seat in “%s”; when a place becomes free, you are asked.') % kept}"
        return f"{text} {_('You keep your seat in “%s” until then.') % kept}"

    def position_of(self, seat: Seat) -> int:
        """Where somebody waits who is still written there."""
        return seat.session.seats.waiting_list().filter(pk__lte=seat.pk).count()

    def ended_text(self, others: Iterable[Seat]) -> str:
        """What one no longer waits for, with the place that one had in the line."""
        text = _("You no longer wait for “%(session)s”, where you were number %(n)s.")
        ended = [it for it in others if not it.is_held and it.pk]
        return " ".join(text % {"session": it.session, "n": self.position_of(it)} for it in ended)
