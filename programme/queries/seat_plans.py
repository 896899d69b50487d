"""Plan what follows for seats from a change, before it is made.

A plan is a list of effects: the confirmation shows it, the action carries it out. Planning needs the locks of the editions'
sessions, so that nothing changes in between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from programme.models import Participant, Seat, Session
from programme.queries.coming import who_said_no
from programme.queries.seat_book import BookedSeat, SeatBook, seat_book
from programme.queries.seat_effects import OfferEnded, SeatClashed, SeatEffect, SeatEnded, SeatOffered, SeatPromoted


@dataclass
class Planner:
    """Derive the effects from a seat book, changing it on the way."""

    book: SeatBook
    effects: list[SeatEffect] = field(default_factory=list)

    def settle(self, agreed: Collection[tuple[int, int]]) -> list[SeatEffect]:
        """Plan what follows from changed sessions. `agreed`: the book's `swaps` before the change."""
        self.end_without_session(self.book.sessions)
        self.keep_earlier_choices()
        self.end_waiting(self.book.swaps() - set(agreed))
        return self.serve()

    def end_without_session(self, sessions: Collection[int]) -> None:
        """End seats in those of the sessions (primary keys) that no longer take seats."""
        for seat in self.book.in_order():
            session = self.book.sessions[seat.session]
            if seat.session in sessions and not session.takes_seats:
                self.book.drop(seat)
                self.effects.append(SeatEnded(seat, session.is_for_all))

    def keep_earlier_choices(self) -> None:
        """Of two held seats at the same time end the one chosen later."""
        for seat in self.book.in_order():
            earlier = [it for it in self.book.beside(seat) if it.is_held and it.number < seat.number]
            if seat.is_held and earlier:
                self.clash(seat, earlier[0])

    def end_waiting(self, pairs: Collection[tuple[int, int]]) -> None:
        """End the waiting seats of pairs as in `SeatBook.swaps`: only moved sessions made them overlap with the held seat."""
        seats = {it.number: it for it in self.book.in_order()}
        for held, waiting in sorted(pairs):
            if seat := seats.pop(waiting, None):
                self.clash(seat, seats[held])

    def clash(self, seat: BookedSeat, kept_seat: BookedSeat) -> None:
        self.book.drop(seat)
        self.effects.append(SeatClashed(seat, kept_seat))

    def serve(self) -> list[SeatEffect]:
        """Plan promotions, exchanges and offers until nobody else can be moved.

        Each free seat goes to the person who has waited longest; the seat they leave goes to the next. Participants who hold what
        the next one waits for exchange seats in a circle. Somebody who would give up a seat shortly before the start is made an
        offer instead (decision 0030).
        """
        while moves := self.book.next_to_move():
            numbers = set(moves.numbers)
            moving = [seat for seat in self.book.in_order() if seat.number in numbers]
            self.effects += [self.promote(seat, moving, is_exchange=moves.is_exchange) for seat in moving]
        self.ask()
        return self.effects

    def promote(self, seat: BookedSeat, moving: Sequence[BookedSeat], *, is_exchange: bool) -> SeatPromoted:
        others = [it for it in self.book.beside(seat) if it not in moving]
        for other in others:
            self.book.drop(other)
        self.book.hold(seat)
        return SeatPromoted(
            seat,
            given_up=tuple(it for it in others if it.is_held),
            not_waited_for=tuple(it for it in others if not it.is_held),
            is_exchange=is_exchange,
        )

    def ask(self) -> None:
        """Offer free seats to everybody on the waiting list who was not offered one; end offers of seats no longer free."""
        free = self.book.free()
        open_sessions = {it.number for it in self.book.open_sessions()}
        waiting = [it for it in self.book.in_order() if not it.is_held and it.session in open_sessions]
        self.effects += [OfferEnded(it) for it in waiting if it.is_asked and it.session not in free]
        self.effects += [
            SeatOffered(seat, tuple(other for other in self.book.beside(seat) if other.is_held))
            for seat in waiting
            if seat.session in free and not seat.is_asked
        ]


def plan_free_seats(editions: Collection[int], only: Collection[int] | None = None) -> list[SeatEffect]:
    """Plan who gets the free seats of the editions, or only of the sessions in `only` (primary keys)."""
    return Planner(seat_book(editions, timezone.now(), only=only)).serve()


def plan_unfinished(waited_in: Collection[int], ended_in: Collection[int]) -> list[SeatEffect]:
    """Plan what follows from changes made by hand in the database.

    `waited_in`: editions with waiting lists; `ended_in`: editions with seats in sessions that take none (primary keys).
    """
    left_over = Seat.objects.without_session().filter(edition__in=ended_in)
    book = seat_book({*waited_in, *ended_in}, timezone.now(), besides=Q(pk__in=left_over.values("pk")))
    planner = Planner(book)
    planner.end_without_session([it.number for it in book.sessions.values() if it.edition in ended_in])
    return planner.serve()


def plan_settlement(editions: Collection[int], agreed: Collection[tuple[int, int]]) -> list[SeatEffect]:
    """Plan what follows from all sessions of the editions as they are now; `agreed` as in `Planner.settle`."""
    return Planner(seat_book(editions, timezone.now(), besides=Q(edition__in=editions))).settle(agreed)


def plan_leaving(participants: Sequence[Participant]) -> list[SeatEffect]:
    """Plan who gets the seats of participants who leave the edition."""
    book = book_about(participants)
    numbers = {it.pk for it in participants}
    for seat in book.in_order():
        if seat.participant in numbers:
            book.drop(seat)
    return Planner(book).serve()


def plan_removal(seats: Sequence[Seat]) -> list[SeatEffect]:
    """Plan who gets the seats that an organiser removes people from."""
    book = book_about([it.participant for it in seats])
    for removed in seats:
        if seat := book.seats[removed.participant_id].get(removed.pk):
            book.drop(seat)
    return Planner(book).serve()


def plan_assignment(pairs: Sequence[tuple[Participant, Session]], *, may_overbook: bool) -> list[SeatEffect]:
    """Plan who gets the seats left by those who are assigned others. Empty if one of the assignments is not possible.

    `may_overbook`: a reason was given, see `assign_seat`.
    """
    book = book_about([participant for participant, _session in pairs])
    in_person = [it for it, session in pairs if session.format == Session.Format.IN_PERSON]
    if in_person and not may_overbook and who_said_no(in_person):
        return []
    for participant, session in pairs:
        if not participant.is_registered or not book.can_give(participant.pk, session.pk, may_overbook=may_overbook):
            return []
        book.give(participant.pk, session.pk)
    return Planner(book).serve()


def book_about(participants: Sequence[Participant]) -> SeatBook:
    """Read a seat book with all seats of some participants."""
    theirs = Q(participant__in=[it.pk for it in participants])
    return seat_book({it.edition_id for it in participants}, timezone.now(), besides=theirs)
