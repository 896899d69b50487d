"""Seats of editions, read once and changed in memory to plan what would follow from a change."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from programme.models import Seat, Session
from programme.rules.seats import Moves, Wait, moving_ends_at, next_to_move
from programme.rules.sessions import overlap


@dataclass(frozen=True)
class BookedSession:
    """The facts about a session that its seats depend on. `starts_at` and `ends_at` are None while it is cancelled."""

    number: int
    edition: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    takes_seats: bool
    is_published: bool
    is_for_all: bool  # in everybody's programme, at a known time: nobody needs a seat
    n_seats: int | None  # None: no limit
    moving_ends_before: dt.timedelta

    @classmethod
    def of(cls, session: Session) -> "BookedSession":
        """Copy a session as it is in memory, saved or not. Needs its edition and room."""
        room_capacity = session.room.capacity if session.room else None
        capacities = [it for it in (session.capacity, room_capacity) if it is not None]
        return cls(
            number=session.pk,
            edition=session.edition_id,
            starts_at=None if session.is_cancelled else session.starts_at,
            ends_at=None if session.is_cancelled else session.ends_at,
            takes_seats=session.takes_seats,
            is_published=session.is_published,
            is_for_all=not session.track_id and session.starts_at is not None and not session.is_cancelled,
            n_seats=min(capacities, default=None),
            moving_ends_before=session.edition.seat_moves_end_before,
        )

    def is_open(self, now: dt.datetime) -> bool:
        """Return whether it can be chosen, see `SessionQuerySet.open_to_choice`."""
        return self.takes_seats and self.is_published and self.starts_at is not None and self.starts_at > now

    def takes_people(self, now: dt.datetime) -> bool:
        """Return whether organisers can assign seats in it, also after it has started."""
        return self.takes_seats and self.is_published and self.ends_at is not None and self.ends_at > now


@dataclass(frozen=True)
class BookedSeat:
    """A held or waiting seat. `number` (the seat's), `participant` and `session` are primary keys."""

    number: int
    participant: int
    session: int
    is_held: bool
    is_asked: bool = False
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass
class SeatBook:
    """Sessions of editions by primary key, and the seats that a plan needs, by participant and seat number."""

    now: dt.datetime
    sessions: dict[int, BookedSession]
    n_held: dict[int, int]  # by session, of all seats
    seats: dict[int, dict[int, BookedSeat]]

    def in_order(self) -> list[BookedSeat]:
        """Return the seats, the earliest choice first."""
        return sorted((seat for theirs in self.seats.values() for seat in theirs.values()), key=lambda it: it.number)

    def beside(self, seat: BookedSeat) -> list[BookedSeat]:
        """Return the participant's other seats at the same time, the earliest choice first."""
        others = (it for it in self.seats[seat.participant].values() if it.number != seat.number)
        return sorted((it for it in others if overlap(it, seat)), key=lambda it: it.number)

    def replace_sessions(self, sessions: Iterable[Session]) -> None:
        """Put in sessions as they are in memory, saved or not."""
        changed = {session.pk: BookedSession.of(session) for session in sessions}
        self.sessions |= changed
        for theirs in self.seats.values():
            for number, seat in theirs.items():
                if session := changed.get(seat.session):
                    theirs[number] = replace(seat, starts_at=session.starts_at, ends_at=session.ends_at)

    def drop(self, seat: BookedSeat) -> None:
        del self.seats[seat.participant][seat.number]
        self.n_held[seat.session] -= seat.is_held

    def hold(self, seat: BookedSeat) -> None:
        """Turn a waiting seat into a held one."""
        self.seats[seat.participant][seat.number] = replace(seat, is_held=True, is_asked=False)
        self.n_held[seat.session] += 1

    def seat_in(self, session: int, participant: int) -> BookedSeat | None:
        return next((it for it in self.seats[participant].values() if it.session == session), None)

    def can_give(self, participant: int, session: int, *, may_overbook: bool) -> bool:
        """Return whether an organiser can assign a seat in the session, or the participant holds one."""
        if session not in self.sessions or not self.sessions[session].takes_people(self.now):
            return False
        present = self.seat_in(session, participant)
        return may_overbook or self.has_free_seat(session) or bool(present and present.is_held)

    def give(self, participant: int, session: int) -> None:
        """Assign a seat in place of all seats at the same time, unless the participant holds one."""
        present = self.seat_in(session, participant)
        if present and present.is_held:
            return
        times = self.sessions[session]
        unsaved = min([0, *self.seats[participant]]) - 1  # not the number of a real seat
        seat = BookedSeat(unsaved, participant, session, False, starts_at=times.starts_at, ends_at=times.ends_at)
        for other in self.beside(seat):
            self.drop(other)
        self.hold(seat)

    def swaps(self) -> set[tuple[int, int]]:
        """Return pairs of numbers: a held seat, and a waiting seat at the same time for which it would be given up."""
        waiting = (it for it in self.in_order() if not it.is_held)
        return {(held.number, seat.number) for seat in waiting for held in self.beside(seat) if held.is_held}

    def waits(self) -> list[Wait[int]]:
        """Return the waits for sessions that can still be chosen, for `rules.seats.next_to_move`."""
        return [
            wait_of(seat, theirs.values(), self.sessions[seat.session].moving_ends_before, self.now)
            for theirs in self.seats.values()
            for seat in theirs.values()
            if not seat.is_held and self.sessions[seat.session].is_open(self.now)
        ]

    def has_free_seat(self, session: int) -> bool:
        n_seats = self.sessions[session].n_seats
        return n_seats is None or self.n_held[session] < n_seats

    def open_sessions(self) -> list[BookedSession]:
        """Return the sessions that can be chosen."""
        return [it for it in self.sessions.values() if it.is_open(self.now)]

    def free(self) -> dict[int, int | None]:
        """Return the open sessions with free seats, by primary key, and how many; None: no limit."""
        return {
            session.number: None if session.n_seats is None else session.n_seats - self.n_held[session.number]
            for session in self.open_sessions()
            if self.has_free_seat(session.number)
        }

    def full(self) -> set[int]:
        """Return the open sessions with exactly as many held seats as their capacity."""
        return {it.number for it in self.open_sessions() if it.n_seats == self.n_held[it.number]}

    def next_to_move(self) -> Moves:
        return next_to_move(self.waits(), free=self.free(), full=self.full())


def seat_book(
    editions: Collection[int], now: dt.datetime, *, only: Collection[int] | None = None, besides: Q | None = None
) -> SeatBook:
    """Read all seats of participants on a waiting list of the editions, and those that match `besides`.

    `only`: only of these sessions, of which none overlaps with any other. All by primary key. Two queries; only one
    without a condition if nobody waits.
    """
    sessions = Session.objects.filter(edition__in=editions)
    if only is not None:
        sessions = sessions.filter(pk__in=only)
    rows = {session.pk: session for session in sessions.with_seats().select_related("edition", "room")}
    book = SeatBook(
        now=now,
        sessions={number: BookedSession.of(session) for number, session in rows.items()},
        n_held={number: session.n_held for number, session in rows.items()},
        seats=defaultdict(dict),
    )
    if besides is None and not any(it.n_waiting and book.sessions[it.pk].is_open(now) for it in rows.values()):
        return book
    for seat in read_seats(besides, book):
        book.seats[seat.participant][seat.number] = seat
    return book


def read_seats(besides: Q | None, book: SeatBook) -> Iterator[BookedSeat]:
    of_sessions = Q(session__in=book.sessions)
    waiting = Seat.objects.waiting().filter(of_sessions)
    condition = Q(participant__in=waiting.values("participant"))
    seats = Seat.objects.filter(of_sessions, condition | besides if besides else condition)
    rows = seats.order_by("pk").values_list("pk", "participant", "session", "state", "offered_at")
    for number, participant, session, state, offered_at in rows:
        times = book.sessions[session]
        yield BookedSeat(
            number,
            participant,
            session,
            is_held=state == Seat.State.HELD,
            is_asked=offered_at is not None,
            starts_at=times.starts_at,
            ends_at=times.ends_at,
        )


def wait_of(seat: BookedSeat, theirs: Collection[BookedSeat], before: dt.timedelta, now: dt.datetime) -> Wait[int]:
    """Return what a waiting seat would give up, among `theirs`, all seats of its participant.

    `before`: how long before the first start people are no longer moved without asking. Moved sessions can bring several
    waiting seats to one time; then only the earliest takes part in exchanges.
    """
    beside = sorted((it for it in theirs if it != seat and overlap(it, seat)), key=lambda it: it.number)
    held: Sequence[BookedSeat] = [it for it in beside if it.is_held]
    is_first = all(it.is_held or it.number > seat.number for it in beside)
    ends_at = moving_ends_at([it.starts_at for it in (seat, *held) if it.starts_at], before)
    others = [it for it in theirs if it != seat and not it.is_held]
    return Wait(
        seat.number,
        seat.session,
        gives=tuple(it.session for it in held) if is_first else (),
        is_movable=not held or now < ends_at,
        is_alone=not any(overlap(other, it) for other in others for it in (seat, *held)),
    )
