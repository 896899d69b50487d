"""What follows for seats from everything else: a place that becomes free, a session that moves or is cancelled.

Seats of an edition change one at a time: whoever changes one locks all sessions of the edition first, in the order of
their numbers, and before them the delegations and participants, if any. Free places go to those who wait in the same
transaction; what is left over by somebody who writes to the database by hand is served by a task within a minute.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from programme import emails
from programme.actions import seat_mails
from programme.actions.locks import lock_sessions, lock_waiting
from programme.actions.seat_mails import Offer, Promotion
from programme.models import Participant, Seat, Session, User, Venue
from programme.models.seat import SeatQuerySet
from programme.queries.venues import editions_at
from programme.queries.waiting_lists import waiting_lists
from programme.rules.sessions import overlap
from udtacademy.db.history import acting
from udtacademy.outbox import queue

ONE_AT_A_TIME = "seat_one_at_a_time"
AT_A_TIME = 200  # seats changed by one statement


settled: ContextVar[frozenset[int]] = ContextVar("settled", default=frozenset())  # by a block around this one


@contextmanager
def settling_seats(editions: Iterable[int], *, by: User | None) -> Iterator[None]:
    """Around changes of sessions or rooms: afterwards seats follow from how things are then, and people are told.

    Inside, people may come to hold two seats at the same time; of these the earlier choice is kept. A block inside
    another one leaves what follows to the outer one.
    """
    mine = set(editions) - settled.get()
    with transaction.atomic():
        lock_sessions(mine)
        check_one_at_a_time("DEFERRED")
        agreed = swaps(mine)
        token = settled.set(settled.get() | mine)
        try:
            yield
        finally:
            settled.reset(token)
        if mine:
            settle(mine, agreed, by)


def settle(editions: set[int], agreed: set[tuple[int, int]], by: User | None) -> None:
    with acting(by):
        drop_seats_without_session(editions)
        keep_earlier_choices(editions)
        end_waiting(swaps(editions) - agreed)
        check_one_at_a_time("IMMEDIATE")
        fill_free_seats(editions)


@contextmanager
def settling_rooms(venue: Venue, *, by: User | None) -> Iterator[None]:
    """Around a change of a venue and its rooms: more places serve those who wait, in whatever edition meets there."""
    with transaction.atomic():
        list(Venue.objects.select_for_update(no_key=True).filter(pk=venue.pk))
        with settling_seats(editions_at([venue]), by=by):
            yield


def check_one_at_a_time(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {ONE_AT_A_TIME} {when}")


def drop_seats_without_session(editions: set[int]) -> None:
    """Seats in what is cancelled, or has no time any more, are gone; so are those in what has become everybody's.

    That a seat is gone is told with the change itself (`programme.queries.session_changes`); whoever waited has no part in that, and is
    told here.
    """
    gone = list(Seat.objects.without_session().filter(edition__in=editions).with_people().order_by("pk"))
    Seat.objects.filter(pk__in=[it.pk for it in gone]).delete()
    queue.post(
        [
            emails.written_to(seat.participant, "seat_lost", seat=seat)
            for seat in gone
            if not seat.is_held and not is_for_all(seat.session)
        ]
    )


def is_for_all(session: Session) -> bool:
    """Whether everybody has it now in their programme, at a time that is known."""
    return not session.track_id and session.starts_at is not None and not session.is_cancelled


def keep_earlier_choices(editions: set[int]) -> None:
    """Whoever holds two seats at the same time keeps the one chosen earlier, is told, and asked which it should be."""
    earlier = Seat.objects.held().filter(
        participant=OuterRef("participant"),
        pk__lt=OuterRef("pk"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    later_ones = Seat.objects.held().filter(Exists(earlier), edition__in=editions).with_people().order_by("pk")
    for seat in later_ones:
        kept = Seat.objects.held().overlapping(seat).filter(pk__lt=seat.pk).with_people().first()
        if kept:  # else it was in the way of one that is gone by now
            seat.delete()
            tell_of_clash(seat, kept)


def swaps(editions: set[int]) -> set[tuple[int, int]]:
    """What people would give up for what they wait for: the numbers of the seat and of the waiting, as long as both are
    at the same time.
    """
    pairs = Seat.objects.waiting().filter(
        edition__in=editions,
        participant__seats__state="held",
        participant__seats__starts_at__lt=F("ends_at"),
        participant__seats__ends_at__gt=F("starts_at"),
    )
    return set(pairs.values_list("participant__seats", "pk"))


def end_waiting(pairs: set[tuple[int, int]]) -> None:
    """Nobody loses a seat for what came to be at the same time later: they keep it, no longer wait, are told and asked."""
    for held, waiting in sorted(pairs):
        kept = Seat.objects.with_people().get(pk=held)
        for seat in Seat.objects.with_people().filter(pk=waiting):
            seat.delete()
            tell_of_clash(seat, kept)


def tell_of_clash(seat: Seat, kept: Seat) -> None:
    clash = seat_mails.written_clash(seat.participant, lost=seat.session, kept=kept.session, was_held=seat.is_held)
    queue.post([clash])


postponed: ContextVar[set[int] | None] = ContextVar("postponed", default=None)


@contextmanager
def serving_at_the_end() -> Iterator[None]:
    """Around several deeds at once: free places are given away after the last, so not to somebody it still concerns."""
    editions: set[int] = set()
    token = postponed.set(editions)
    try:
        yield
    finally:
        postponed.reset(token)
    lock_sessions(editions)
    fill_free_seats(editions)


def fill_free_seats(editions: Collection[int], *, answered: Participant | None = None) -> list[Promotion]:
    """Serve those who wait, as far as there are places or others to change seats with; return who was moved.

    Each free place goes to whoever has waited longest; those who move leave theirs to the next. Where several hold what
    the next one waits for, they change seats in a circle. Whoever would have to give up a seat shortly before the start
    is asked instead (decision 0030). All sessions of the editions are locked. Everybody is told, but for `answered`,
    whom the caller tells.
    """
    if (later := postponed.get()) is not None:
        later.update(editions)
        return []
    promotions: list[Promotion] = []
    while moves := (lists := waiting_lists(editions, timezone.now())).next_to_move():
        seats = lock_waiting(moves.numbers)
        if len(seats) == len(moves.numbers):  # else somebody has left meanwhile, by hand: look again
            promotions += promote(seats, is_exchange=moves.is_exchange, answered=answered)
    Seat.objects.filter(pk__in=lists.asked_before()).update(offered_at=None)
    offer(lock_waiting(lists.to_ask()))
    return promotions


def promote(seats: Sequence[Seat], *, is_exchange: bool, answered: Participant | None = None) -> list[Promotion]:
    """Turn waiting into seats. What these people have at the same time is given up first, and they are told.

    So several can change seats among each other: at no moment are there more people than places, or two seats at a time.
    Six queries, however many they are.
    """
    promotions = give_up_for(seats)
    for promotion in promotions:
        seat, given_up = promotion.seat, promotion.given_up
        seat.hold()
        seat.moved_from = given_up[0] if len(given_up) == 1 else None  # there is one way back, or none
    Seat.objects.bulk_update(
        seats, ["state", "held_at", "is_promoted", "offered_at", "moved_from"], batch_size=AT_A_TIME
    )
    told = [it for it in promotions if it.seat.participant != answered]
    seat_mails.tell_of_promotions(told, is_exchange=is_exchange)
    return promotions


def give_up_for(seats: Sequence[Seat]) -> list[Promotion]:
    """Delete what the people have at the time of these seats, each once."""
    own = others_of(seats, Seat.objects.all())
    given_up: set[int] = set()
    promotions = []
    for seat in seats:
        others = [it for it in own[seat.participant_id] if it.pk not in given_up and overlap(it, seat)]
        given_up.update(it.pk for it in others)
        promotions.append(
            Promotion(
                seat,
                given_up=[it.session for it in others if it.is_held],
                not_waited_for=[it.session for it in others if not it.is_held],
            )
        )
    Seat.objects.filter(pk__in=given_up).delete()
    return promotions


def others_of(seats: Sequence[Seat], among: SeatQuerySet) -> dict[int, list[Seat]]:
    """The other seats of the same people, by person, the earliest choice first."""
    found: dict[int, list[Seat]] = defaultdict(list)
    people = {it.participant_id for it in seats}
    others = among.filter(participant__in=people).exclude(pk__in=[it.pk for it in seats])
    for seat in others.select_related("session__room__venue").order_by("pk"):
        found[seat.participant_id].append(seat)
    return found


def offer(seats: Sequence[Seat]) -> None:
    """Ask those who wait to take a place that is free: they have a seat at the same time, and time is short.

    Each is asked once for as long as a place is free.
    """
    if not seats:
        return
    now = timezone.now()
    Seat.objects.filter(pk__in=[it.pk for it in seats]).update(offered_at=now)
    held = others_of(seats, Seat.objects.held())
    seat_mails.tell_of_offers(
        Offer(seat, [it.session for it in held[seat.participant_id] if overlap(it, seat)]) for seat in seats
    )


@transaction.atomic
def serve_lines() -> int:
    """Serve those who wait in any edition, whoever freed a place: the number served. Regularly asked for by a task.

    So are seats ended of which somebody has cancelled the session, say, by hand.
    """
    now = timezone.now()
    waiting = Seat.objects.waiting().filter(session__in=Session.objects.open_to_choice(now).values("pk"))
    gone = Seat.objects.without_session().filter(session__in=Session.objects.not_over(now).values("pk"))
    waited_in, gone_in = (set(it.order_by().values_list("edition", flat=True).distinct()) for it in (waiting, gone))
    lock_sessions(waited_in | gone_in)
    drop_seats_without_session(gone_in)
    return len(fill_free_seats(waited_in | gone_in))
