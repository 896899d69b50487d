"""Serve waiting lists, and settle seats after sessions moved or were cancelled.

Seats of a slot change one transaction at a time: lock its sessions first, or all of the edition, in order of primary key, and
before them the delegations and participants, if any. A free seat goes to the waiting list in the same transaction; seats freed by hand
in the database are given away by a task within a minute.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from django.utils import timezone

from programme.actions import seat_mails
from programme.actions.locks import lock_seats, lock_sessions
from programme.actions.seat_mails import Promotion
from programme.models import Participant, Seat, Session, Venue
from programme.queries.seat_book import seat_book
from programme.queries.seat_effects import OfferEnded, SeatClashed, SeatEffect, SeatEnded, SeatOffered, SeatPromoted
from programme.queries.seat_plans import plan_free_seats, plan_settlement, plan_unfinished
from programme.queries.venues import editions_at
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

ONE_AT_A_TIME = "seat_one_at_a_time"
AT_A_TIME = 200  # seats changed by one statement


def locked_plan(plan: Callable[[], Sequence[SeatEffect]]) -> Sequence[SeatEffect]:
    """Return a plan with its seats locked, planning again if one of them was deleted before it was locked."""
    while True:
        effects = plan()
        numbers = numbers_of(effects)
        if len(lock_seats(numbers)) == len(numbers):
            return effects


def numbers_of(effects: Iterable[SeatEffect]) -> set[int]:
    return {seat.number for effect in effects for seat in (effect.seat, *effect.others)}


def carry_out(effects: Sequence[SeatEffect], *, answered: Participant | None = None) -> list[Promotion]:
    """Carry out a plan and queue its emails, except to `answered`, whom the caller tells. Return the promotions.

    Seats given up are deleted before any is taken, so that an exchange never exceeds a capacity or holds two seats at one
    time. About ten queries, whatever the number of effects.
    """
    if not effects:
        return []
    seats = Seat.objects.with_people().in_bulk(numbers_of(effects))
    promotions = [promoted(it, seats) for it in effects if isinstance(it, SeatPromoted)]
    Seat.objects.filter(pk__in=dropped(effects)).delete()
    Seat.objects.bulk_update(
        [it.seat for it in promotions],
        ["state", "held_at", "is_promoted", "offered_at", "moved_from"],
        batch_size=AT_A_TIME,
    )
    mark_asked(effects)
    to_tell = [it for it in effects if it.has_email and not (answered and it.seat.participant == answered.pk)]
    seat_mails.tell_of_effects(to_tell, seats)
    return promotions


def dropped(effects: Iterable[SeatEffect]) -> set[int]:
    """Return the primary keys of the seats and waiting-list entries that the effects delete."""
    ended = {it.seat.number for it in effects if isinstance(it, (SeatEnded, SeatClashed))}
    return ended | {seat.number for it in effects if isinstance(it, SeatPromoted) for seat in it.others}


def promoted(effect: SeatPromoted, seats: dict[int, Seat]) -> Promotion:
    """Turn a waiting seat into a held one. Does not save."""
    promotion = seat_mails.promotion_of(effect, seats)
    promotion.seat.hold()
    given_up = promotion.given_up
    promotion.seat.moved_from = given_up[0] if len(given_up) == 1 else None  # several origins: no way back
    return promotion


def mark_asked(effects: Iterable[SeatEffect]) -> None:
    """Record the offers made and ended, so that each is made once while a seat is free."""
    for kind, offered_at in ((SeatOffered, timezone.now()), (OfferEnded, None)):
        if numbers := [it.seat.number for it in effects if isinstance(it, kind)]:
            Seat.objects.filter(pk__in=numbers).update(offered_at=offered_at)


@contextmanager
def deferring_one_seat_check() -> Iterator[None]:
    """Allow two seats at the same time for one person until the block ends."""
    set_constraint("DEFERRED")
    yield
    set_constraint("IMMEDIATE")


def set_constraint(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {ONE_AT_A_TIME} {when}")


@contextmanager
def settling_seats(editions: Collection[int], *, by: User | None) -> Iterator[list[SeatEffect]]:
    """Settle seats after changes of sessions that cannot be planned, such as loading a programme file.

    Yields a list that has the effects once the block ends. Changes known in advance: use `plan_session_change`.
    """
    effects: list[SeatEffect] = []
    with transaction.atomic():
        lock_sessions(editions)
        agreed = seat_book(editions, timezone.now()).swaps()
        with deferring_one_seat_check():
            yield effects
            effects += locked_plan(lambda: plan_settlement(editions, agreed))
            with acting(by):
                carry_out(effects)


@contextmanager
def settling_rooms(venue: Venue, *, by: User | None) -> Iterator[list[SeatEffect]]:
    """Serve the waiting lists of all editions at a venue after its rooms, and so capacities, change.

    Yields a list that has the effects once the block ends.
    """
    effects: list[SeatEffect] = []
    with transaction.atomic():
        list(Venue.objects.select_for_update(no_key=True).filter(pk=venue.pk))
        editions = editions_at([venue])
        lock_sessions(editions)
        yield effects
        effects += locked_plan(lambda: plan_free_seats(editions))
        with acting(by):
            carry_out(effects)


is_planned: ContextVar[bool] = ContextVar("is_planned", default=False)  # inside `carrying_out_at_the_end`


@contextmanager
def carrying_out_at_the_end(effects: Sequence[SeatEffect]) -> Iterator[None]:
    """Carry out a plan for several actions after the last of them.

    So no free seat goes to somebody whom a later action concerns. Needs the locks of the editions' sessions.
    """
    token = is_planned.set(True)
    try:
        yield
    finally:
        is_planned.reset(token)
    carry_out(effects)


def fill_free_seats(
    editions: Collection[int], only: Collection[int] | None = None, *, answered: Participant | None = None
) -> list[Promotion]:
    """Give free seats to the waiting lists, and make exchanges. Return the promotions.

    Needs the locks of the editions' sessions, or of those in `only` (all by primary key), if only they have changed.
    Everybody is told except `answered`, whom the caller tells.
    """
    if is_planned.get():
        return []
    return carry_out(locked_plan(lambda: plan_free_seats(editions, only)), answered=answered)


@transaction.atomic
def serve_waiting_lists() -> int:
    """Serve the waiting lists of all editions, and end seats in sessions cancelled by hand. Return the number of effects.

    Run regularly by a task, for changes made by hand in the database.
    """
    now = timezone.now()
    waiting = Seat.objects.waiting().filter(session__in=Session.objects.open_to_choice(now).values("pk"))
    ended = Seat.objects.without_session().filter(session__in=Session.objects.not_over(now, now.date()).values("pk"))
    waited_in, ended_in = (set(it.order_by().values_list("edition", flat=True).distinct()) for it in (waiting, ended))
    lock_sessions(waited_in | ended_in)
    return len(carry_out(locked_plan(lambda: plan_unfinished(waited_in, ended_in))))
