"""Change one participant's seats, and answer in sentences."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from django.utils import timezone
from django.utils.translation import gettext as _

from programme import emails
from programme.actions.coming_withdrawals import withdraw_no
from programme.actions.locks import lock_for_seats, lock_slots
from programme.actions.seat_mails import Promotion
from programme.actions.waiting_lists import fill_free_seats
from programme.actions.wishes import Wish, WishAnswer
from programme.errors import ProgrammeError
from programme.formats import titles
from programme.models import Participant, Seat, Session
from programme.queries.coming import who_said_no
from programme.queries.seat_choices import seats_with_sessions, sessions_to_choose
from programme.rules.seats import chosen, moving_ends_at
from programme.rules.sessions import overlap
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


def concerns(promotion: Promotion, session: Session | None) -> bool:
    """Return whether the promotion moved somebody into the session or out of it."""
    return session in (promotion.seat.session, *promotion.given_up)


@dataclass
class Chooser:
    """One participant's seats (by session), and the sessions they can choose in the locked slots (by primary key).

    Changes are collected in memory and written by `save`, in a constant number of queries.
    """

    participant: Participant
    slots: set[int]  # primary keys of the locked sessions
    sessions: dict[int, Session]
    seats: dict[int, Seat]
    assigned_by: User | None = None
    reason: str = ""
    before: dict[int, Seat] = field(default_factory=dict)
    dropped: list[Seat] = field(default_factory=list)
    added: list[Seat] = field(default_factory=list)

    @classmethod
    def of(cls, participant: Participant, sessions: Collection[int], **overruling: object) -> "Chooser":
        """Lock the participant and the slots of the sessions (primary keys), and read. Raises ProgrammeError unless registered.

        `overruling`: an organiser's `assigned_by` and `reason`.
        """
        locked = lock_for_seats(participant)
        if not locked.is_registered:
            text = _("%(name)s is not registered, so they cannot have a seat.")
            raise ProgrammeError(text % {"name": locked}, code="not_registered")
        return cls.of_locked(locked, sessions, **overruling)

    @classmethod
    def of_locked(cls, locked: Participant, sessions: Collection[int], **overruling: object) -> "Chooser":
        """Return the same for somebody registered, from `lock_for_seats`."""
        chooser = cls(locked, lock_slots(locked.edition_id, sessions), {}, {}, **overruling)  # type: ignore[arg-type]
        chooser.sessions = {it.pk: it for it in sessions_to_choose(locked, chooser.slots, timezone.now())}
        chooser.seats = chooser.seats_now()
        chooser.before = dict(chooser.seats)
        return chooser

    def seats_now(self) -> dict[int, Seat]:
        return {seat.session_id: seat for seat in seats_with_sessions(self.participant)}

    def grant(self, wish: Wish, *, is_outdated: bool) -> WishAnswer:
        """Carry out a wish unless it is outdated. Raises ProgrammeError if its session cannot be chosen."""
        session = wish.session and self.sessions.get(wish.session.pk)
        if wish.session and not session:
            text = _("“%(session)s” can no longer be chosen. Choose another session.")
            raise ProgrammeError(text % {"session": wish.session}, code="session_not_open")
        if is_outdated:
            text = _(
                "Your choice has changed since you opened this page, so nothing was saved. Check it, then choose again."
            )
            return WishAnswer(text, is_granted=False)
        if session is None:
            released = [self.seats[it.pk] for it in wish.slot.sessions if it.pk in self.seats]
            self.drop(released)
            return WishAnswer(_("You have no seat at this time."), ended=self.ended_text(released))
        return self.take(session, may_wait=wish.is_full, is_meanwhile=wish.is_meanwhile)

    def is_outdated(self, wish: Wish) -> bool:
        """Return whether the choice has changed since the wish was made, and is not what the wish asks for either."""
        if wish.is_meanwhile:
            return wish.session is not None and any(it.is_held for it in self.at_the_time_of(wish.session))
        states = {seat.session: seat.state for seat in self.seats.values()}
        wanted = (wish.session,) if wish.session else ()
        return wish.seen is not None and chosen(wish.slot.sessions, states) not in (wish.seen, wanted)

    def take(self, session: Session, *, may_wait: bool, is_meanwhile: bool = False) -> WishAnswer:
        """Take a seat in the session, or join its waiting list.

        Unless `may_wait`, nobody leaves another waiting list for one that they did not expect.
        """
        present = self.seats.get(session.pk)
        has_seat = present is not None and present.is_held
        if session.is_free_to_take and not has_seat:
            others = self.hold(session, keeps_waiting=is_meanwhile)
            text = self.seat_text(session, [it.session for it in others if it.is_held])
            if is_meanwhile:
                text = " ".join([text, _("You are still on the waiting list for the other session.")])
            return WishAnswer(text, ended=self.ended_text(others))
        waited_for = [it for it in self.at_the_time_of(session) if not it.is_held]
        if present is None and waited_for and not may_wait:
            text = _("“%(session)s” is now full, so nothing was changed. You can join its waiting list.")
            return WishAnswer(text % {"session": session}, is_granted=False)
        ended = [] if is_meanwhile else waited_for
        self.drop(ended)
        if present is None:
            self.add(session, Seat.State.WAITING)
            session.n_waiting += 1
        text = self.seat_text(session, []) if has_seat else self.waiting_text(session, present)
        return WishAnswer(text, ended=self.ended_text(ended))

    def hold(self, session: Session, *, keeps_waiting: bool = False, is_overbooked: bool = False) -> list[Seat]:
        """Take a seat in place of those at the same time. Return what is given up for it: seats and waiting-list entries."""
        others = [it for it in self.at_the_time_of(session) if it.is_held or not keeps_waiting]
        origins = [it.session for it in others if it.is_held]
        present = self.seats.get(session.pk)
        comes_from_waiting = present is not None and self.assigned_by is None
        self.drop([*others, present] if present else others)
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
        """Write the changes and serve the waiting lists. If `is_answered`, return the participant's own promotions.

        The caller then tells them; otherwise they get an email like everybody else.
        """
        with acting(by):
            if self.dropped:
                Seat.objects.filter(pk__in=[seat.pk for seat in self.dropped if seat.pk]).delete()
            if self.added:
                Seat.objects.bulk_create(self.added)
            if not self.affects_waiting():
                return []
            served = fill_free_seats(
                [self.participant.edition_id], self.slots, answered=self.participant if is_answered else None
            )
        return [it for it in served if is_answered and it.seat.participant == self.participant]

    def affects_waiting(self) -> bool:
        """Return whether the changes can free a seat, end an offer or close a circle of exchanges for somebody who waits."""
        sessions = self.sessions.values()
        joins = [it for it in self.added if not it.is_held]
        return any(it.n_waiting for it in sessions) and (
            bool(self.dropped)
            or any(it.n_offered for it in sessions)
            or any(it.session.has_free_seat or self.at_the_time_of(it.session) for it in joins)
        )

    def save_and_answer(
        self, by: User, answers: Sequence[tuple[Session | None, WishAnswer]]
    ) -> list[tuple[Session | None, WishAnswer]]:
        """Write the changes, serve the waiting lists, and tell the participant. Return the answers as they are after that.

        `answers`: each with the session it is about. A promotion of the participant replaces the answer about a session
        concerned; other promotions are appended.
        """
        answers = [*answers, *self.withdraw_no(by)]
        promotions = self.save(by, is_answered=True)
        if promotions:
            self.seats = self.seats_now()
        self.tell()
        moves = [(it, WishAnswer(self.seat_text(it.seat.session, it.given_up))) for it in promotions]
        answered = [
            (session, next((replace(text, ended=answer.ended) for it, text in moves if concerns(it, session)), answer))
            for session, answer in answers
        ]
        others = [
            (promotion.seat.session, text)
            for promotion, text in moves
            if not any(concerns(promotion, session) for session, _answer in answers)
        ]
        return [*answered, *others]

    def withdraw_no(self, by: User) -> list[tuple[Session | None, WishAnswer]]:
        """Withdraw their no to the days in person if they take a seat there or wait for one (decision 51). Return the answer."""
        chosen = next((it.session for it in self.added if it.session.format == Session.Format.IN_PERSON), None)
        sessions = self.sessions.values()
        has_no = self.assigned_by is not None or any(it.has_no for it in sessions)  # type: ignore[attr-defined]
        if chosen is None or not has_no or not who_said_no([self.participant]):
            return []
        withdraw_no(self.participant, by)
        text = _("You had said that you cannot come. You have chosen “%(session)s”, so we have removed that answer.")
        return [(chosen, WishAnswer(text % {"session": chosen}))]

    @property
    def entered(self) -> list[Session]:
        """Return the sessions in which they hold a seat now and held none before."""
        before = {it.session_id for it in self.before.values() if it.is_held}
        return [it.session for it in self.seats.values() if it.is_held and it.session_id not in before]

    @property
    def left(self) -> list[Session]:
        """Return the sessions in which they held a seat before and hold none now."""
        now = {it.session_id for it in self.seats.values() if it.is_held}
        return [it.session for pk, it in self.before.items() if it.is_held and pk not in now]

    @property
    def not_waited_for(self) -> list[Session]:
        """Return the sessions they waited for and in which they have nothing now."""
        return [it.session for pk, it in self.before.items() if not it.is_held and pk not in self.seats]

    def tell(self) -> None:
        """Email the participant their choice, which updates their calendar."""
        if self.entered or self.left:
            # Seats without a time: their session is cancelled or moved, which a notice tells.
            timed = sorted((it for it in self.seats.values() if it.starts_at), key=attrgetter("starts_at"))
            held = [it.session for it in timed if it.is_held]
            for session in held:
                session.edition = self.participant.edition
            emails.queue_to_participant(
                "seats_chosen",
                self.participant,
                held=held,
                waited_for=titles(it.session for it in timed if not it.is_held),
                left=titles(self.left),
                not_waited_for=titles(self.not_waited_for),
                enters=self.entered,
                leaves=self.left,
            )

    def seat_text(self, session: Session, given_up: Sequence[Session]) -> str:
        if not given_up:
            return _("You have a seat in “%(session)s”.") % {"session": session}
        text = _("You now have a seat in “%(session)s” instead of %(others)s.")
        return text % {"session": session, "others": titles(given_up)}

    def waiting_text(self, session: Session, seat: Seat | None) -> str:
        held = next((it.session for it in self.at_the_time_of(session) if it.is_held), None)
        position = self.position_of(seat) if seat and seat.pk else session.n_waiting
        text = _("“%(session)s” is full. You are number %(n)s on the waiting list.") % {
            "session": session,
            "n": position,
        }
        if held is None:
            return text
        starts = [it.starts_at for it in (session, held) if it.starts_at]
        if timezone.now() >= moving_ends_at(starts, self.participant.edition.seat_moves_end_before):
            seat_text = _("You keep your seat in “%(session)s”. When a seat becomes free, we ask you.")
        else:
            seat_text = _("You keep your seat in “%(session)s” until a seat becomes free.")
        return " ".join([text, seat_text % {"session": held}])

    def position_of(self, seat: Seat) -> int:
        """Return the position on the waiting list of a saved seat, counted from 1."""
        return seat.session.seats.waiting_list().filter(pk__lte=seat.pk).count()

    def ended_text(self, others: Iterable[Seat]) -> str:
        """Say which waiting lists are left, with the positions held there."""
        text = _("You are no longer on the waiting list for “%(session)s”, where you were number %(n)s.")
        ended = [it for it in others if not it.is_held and it.pk]
        return " ".join(text % {"session": it.session, "n": self.position_of(it)} for it in ended)
