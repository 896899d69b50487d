"""Who waits for seats in parallel sessions, and what they would give up for it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from programme.models import Edition, Seat, Session
from programme.rules.seats import Moves, Wait, moving_ends_at, next_to_move
from programme.rules.sessions import overlap


@dataclass(frozen=True)
class WaitingLists:
    """All that wait in sessions that can still be chosen, by the numbers of seats and sessions."""

    waits: list[Wait[int]]
    free: dict[int, int | None]  # sessions with free places, and how many; None: no limit
    full: set[int]  # sessions with as many people as places
    asked: set[int]  # seats of those who were asked to take a free place

    def next_to_move(self) -> Moves:
        return next_to_move(self.waits, free=self.free, full=self.full)

    def to_ask(self) -> list[int]:
        """Those for whom a place is free, who cannot be moved unasked, and were not asked yet."""
        return [it.number for it in self.waits if it.wanted in self.free and it.number not in self.asked]

    def asked_before(self) -> list[int]:
        """Those who were asked to take a place that is not free any more."""
        return [it.number for it in self.waits if it.wanted not in self.free and it.number in self.asked]


def waiting_lists(editions: Collection[int], now: dt.datetime) -> WaitingLists:
    """Read who waits in the editions, given by their numbers. Two queries; one where nobody waits."""
    open_sessions = Session.objects.open_to_choice(now).filter(edition__in=editions)
    sessions = {it.pk: it for it in open_sessions.with_seats().select_related("edition")}
    if not any(session.n_waiting for session in sessions.values()):
        return WaitingLists([], {}, set(), set())
    waiting = Seat.objects.waiting().filter(edition__in=editions).order_by()
    seats = Seat.objects.filter(participant__in=waiting.values("participant"), ends_at__gt=now).order_by("pk")
    own: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats.only("participant", "session", "state", "starts_at", "ends_at", "offered_at"):
        own[seat.participant_id].append(seat)
    waits = [seat for mine in own.values() for seat in mine if not seat.is_held and seat.session_id in sessions]
    return WaitingLists(
        waits=[wait_of(seat, own[seat.participant_id], sessions[seat.session_id].edition, now) for seat in waits],
        free={pk: it.n_free for pk, it in sessions.items() if it.has_free_place},
        full={pk for pk, it in sessions.items() if it.n_held == it.n_places},
        asked={seat.pk for seat in waits if seat.offered_at},
    )


def wait_of(seat: Seat, own: Sequence[Seat], edition: Edition, now: dt.datetime) -> Wait[int]:
    """What somebody who waits gives up for it, from their `own` seats, the earliest first.

    Of what they wait for at one time, which only moved sessions can bring about, the first counts for changing seats.
    """
    beside = [it for it in own if it != seat and overlap(it, seat)]
    held = [it for it in beside if it.is_held]
    is_first = all(it.is_held or it.pk > seat.pk for it in beside)
    ends_at = moving_ends_at([it.starts_at for it in (seat, *held) if it.starts_at], edition.seat_moves_end_before)
    others = [it for it in own if it != seat and not it.is_held]
    return Wait(
        seat.pk,
        seat.session_id,
        gives=tuple(it.session_id for it in held) if is_first else (),
        is_movable=not held or now < ends_at,
        is_alone=not any(overlap(other, it) for other in others for it in (seat, *held)),
    )
