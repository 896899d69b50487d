"""What follows for seats from everything else: a place that becomes free, a session that moves or is cancelled.

Seats of an edition change one at a time: whoever changes one locks all sessions of the edition first, in the order of
their numbers, and before them the delegations and participants, if any. Free places go to those who wait in the same
transaction; what is left over by somebody who writes to the database by hand is served by a task within a minute.
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
from programme.queries.seat_effects import Effect, OfferEnded, SeatClashed, SeatEnded, SeatOffered, SeatPromoted
from programme.queries.seat_plans import plan_free_seats, plan_settlement, plan_unfinished
from programme.queries.venues import editions_at
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

ONE_AT_A_TIME = "seat_one_at_a_time"
AT_A_TIME = 200  # seats changed by one statement


def locked_plan(plan: Callable[[], Sequence[Effect]]) -> Sequence[Effect]:
    """Return a plan whose seats nobody deletes until the transaction ends, not even by hand in the database.

    It is made again where somebody has deleted one meanwhile.
    """
    while True:
        effects = plan()
        numbers = numbers_of(effects)
        if len(lock_seats(numbers)) == len(numbers):
            return effects


def numbers_of(effects: Iterable[Effect]) -> set[int]:
    return {seat.number for effect in effects for seat in (effect.seat, *effect.others)}


def carry_out(effects: Sequence[Effect], *, answered: Participant | None = None) -> list[Promotion]:
    """Do what was planned, and write to everybody concerned but `answered`, whom the caller tells. Return who was moved.

    What is given up goes before anything is taken, so several can change seats among each other: at no moment are there
    more people than places, or two seats at a time. Some ten queries, however many effects.
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


def dropped(effects: Iterable[Effect]) -> set[int]:
    """Return the numbers of the seats, and places on waiting lists, that are gone afterwards."""
    ended = {it.seat.number for it in effects if isinstance(it, (SeatEnded, SeatClashed))}
    return ended | {seat.number for it in effects if isinstance(it, SeatPromoted) for seat in it.others}


def promoted(effect: SeatPromoted, seats: dict[int, Seat]) -> Promotion:
    """Turn waiting into a seat; the row is to be saved."""
    promotion = seat_mails.promotion_of(effect, seats)
    promotion.seat.hold()
    given_up = promotion.given_up
    promotion.seat.moved_from = given_up[0] if len(given_up) == 1 else None  # there is one way back, or none
    return promotion


def mark_asked(effects: Iterable[Effect]) -> None:
    """Keep who is asked to take a free place: once, for as long as one is free."""
    for kind, offered_at in ((SeatOffered, timezone.now()), (OfferEnded, None)):
        if numbers := [it.seat.number for it in effects if isinstance(it, kind)]:
            Seat.objects.filter(pk__in=numbers).update(offered_at=offered_at)


@contextmanager
def one_at_a_time_in_the_end() -> Iterator[None]:
    """Around changed sessions and the effects of it: in between people may hold two seats at the same time."""
    set_constraint("DEFERRED")
    yield
    set_constraint("IMMEDIATE")


def set_constraint(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {ONE_AT_A_TIME} {when}")


@contextmanager
def settling_seats(editions: Collection[int], *, by: User | None) -> Iterator[list[Effect]]:
    """Around changes of sessions that nobody can plan: afterwards seats follow from how things are then, and people are told.

    The list is of the effects, once the block is left. Where it is known what will change, plan it with
    `plan_session_change` instead.
    """
    effects: list[Effect] = []
    with transaction.atomic():
        lock_sessions(editions)
        agreed = seat_book(editions, timezone.now()).swaps()
        with one_at_a_time_in_the_end():
            yield effects
            effects += locked_plan(lambda: plan_settlement(editions, agreed))
            with acting(by):
                carry_out(effects)


@contextmanager
def settling_rooms(venue: Venue, *, by: User | None) -> Iterator[list[Effect]]:
    """Around a change of a venue and its rooms: more places serve those who wait, in whatever edition meets there.

    The list is of the effects, once the block is left.
    """
    effects: list[Effect] = []
    with transaction.atomic():
        list(Venue.objects.select_for_update(no_key=True).filter(pk=venue.pk))
        editions = editions_at([venue])
        lock_sessions(editions)
        yield effects
        effects += locked_plan(lambda: plan_free_seats(editions))
        with acting(by):
            carry_out(effects)


is_planned: ContextVar[bool] = ContextVar("is_planned", default=False)  # by a block around


@contextmanager
def carrying_out_at_the_end(effects: Sequence[Effect]) -> Iterator[None]:
    """Around several actions at once: what was planned for all of them together follows after the last.

    So no free place goes to somebody whom one of the next actions concerns. All sessions of the editions are locked.
    """
    token = is_planned.set(True)
    try:
        yield
    finally:
        is_planned.reset(token)
    carry_out(effects)


def fill_free_seats(editions: Collection[int], *, answered: Participant | None = None) -> list[Promotion]:
    """Serve those who wait, as far as there are places or others to change seats with; return who was moved.

    All sessions of the editions are locked. Everybody is told, but for `answered`, whom the caller tells.
    """
    if is_planned.get():
        return []
    return carry_out(locked_plan(lambda: plan_free_seats(editions)), answered=answered)


@transaction.atomic
def serve_waiting_lists() -> int:
    """Serve those who wait in any edition, whoever freed a place: the number served. Regularly asked for by a task.

    So are seats ended of which somebody has cancelled the session, say, by hand.
    """
    now = timezone.now()
    waiting = Seat.objects.waiting().filter(session__in=Session.objects.open_to_choice(now).values("pk"))
    ended = Seat.objects.without_session().filter(session__in=Session.objects.not_over(now).values("pk"))
    waited_in, ended_in = (set(it.order_by().values_list("edition", flat=True).distinct()) for it in (waiting, ended))
    lock_sessions(waited_in | ended_in)
    return len(carry_out(locked_plan(lambda: plan_unfinished(waited_in, ended_in))))
