"""The sessions that participants can choose between, slot by slot, and the seats they have there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from programme.models import Delegation, Edition, Participant, Seat, Session
from programme.models.session_queryset import SessionQuerySet
from programme.rules.seats import chosen, moving_ends_at
from programme.rules.sessions import Slot, moments, overlap
from programme.rules.windows import Window


@dataclass(frozen=True)
class SlotChoice:
    """A slot of parallel sessions for one participant. Its sessions are annotated `with_seat_of` them."""

    slot: Slot[Session]
    is_open: bool
    asked_from: dt.datetime | None  # from then on they are offered seats; None: they would give nothing up
    waited_for_beside: Mapping[int, Sequence[Session]]  # by session: what they wait for at the same time
    ways_back: Mapping[int, Session]  # by session: where they were moved from, and can still choose instead

    @property
    def key(self) -> str:
        """Return the slot's name in forms."""
        return "-".join(str(pk) for pk in sorted(session.pk for session in self.slot.sessions))

    @property
    def chosen(self) -> tuple[Session, ...]:
        """Return the chosen session, if any, see `rules.seats.chosen`."""
        states = {session: session.own_state for session in self.slot.sessions if session.own_state}
        return chosen(self.slot.sessions, states)

    @property
    def chosen_key(self) -> str:
        """Return the chosen session's name in forms; empty without one."""
        return str(self.chosen[0].pk) if self.chosen else ""

    @property
    def held(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "held"]

    @property
    def waited_for(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "waiting"]

    @property
    def for_the_meanwhile(self) -> list[Session]:
        """Return sessions with free seats for somebody who waits in this slot and holds no seat. Needs `with_seats`."""
        if not self.is_open or self.held or not self.waited_for:
            return []
        return [session for session in self.slot.sessions if session.has_free_seat and not session.own_state]


@dataclass(frozen=True)
class SeatlessParticipant:
    """A participant without a seat in some slots, each with whether they wait there. `is_all`: they have no seat anywhere."""

    participant: Participant
    slots: Sequence[tuple[Slot[Session], bool]]
    is_all: bool


def choices_in(sessions: Iterable[Session], now: dt.datetime) -> list[SlotChoice]:
    """Return the slots of the parallel ones among sessions of one edition, given in programme order.

    A slot is open while choosing is open in the edition and none of its sessions has started.
    """
    parallel = [session for session in sessions if session.takes_seats]
    if not parallel:
        return []
    is_window_open = parallel[0].edition.choice_window(now) is Window.OPEN
    before = parallel[0].edition.seat_moves_end_before
    waited_for = [session for session in parallel if session.own_state == Seat.State.WAITING]
    held = [session for session in parallel if session.own_state == Seat.State.HELD]
    beside = {it.pk: [one for one in waited_for if one != it and overlap(one, it)] for it in parallel}
    asked_from = {it.pk: moment for it in waited_for if (moment := asked_about(it, held, before))}
    back = ways_back(parallel, now)
    choices = []
    for slot in moments(parallel):
        earliest = min((asked_from[it.pk] for it in slot.sessions if it.pk in asked_from), default=None)
        choices.append(SlotChoice(slot, is_window_open and slot.starts_at > now, earliest, beside, back))
    return choices


def asked_about(session: Session, held: Iterable[Session], before: dt.timedelta) -> dt.datetime | None:
    """Return from when on somebody who waits for the session is offered a seat rather than moved, see `seat_book.wait_of`.

    None if they would give up none of the sessions they hold.
    """
    given_up = [it for it in held if overlap(it, session)]
    starts = [it.starts_at for it in (session, *given_up) if it.starts_at]
    return moving_ends_at(starts, before) if given_up else None


def ways_back(sessions: Iterable[Session], now: dt.datetime) -> dict[int, Session]:
    """Return, by session, the one they were moved from, if it has not started and is at the same time."""
    ahead = {it.pk: it for it in sessions if it.starts_at and it.starts_at > now}
    origins = ((it, ahead.get(it.own_moved_from_id or 0)) for it in sessions)
    return {it.pk: origin for it, origin in origins if origin and overlap(origin, it)}


def choices_of(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """Return all slots of the participant's edition with capacities and their own seats. One query."""
    return choices_in(_slots_of(participant).with_seats().select_related("room__venue"), now)


def chosen_by(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """Return the same as `choices_of`, without the counts of `with_seats`."""
    return choices_in(_slots_of(participant), now)


def _slots_of(participant: Participant) -> SessionQuerySet:
    parallel = participant.edition.sessions.parallel().published()  # their edition is the participant's
    return parallel.with_seat_of(participant).select_related("track").in_programme_order()


def standing_of_slots(
    edition: Edition,
) -> tuple[list[Slot[Session]], list[tuple[Delegation, list[SeatlessParticipant]]]]:
    """Return the slots of an edition with their counts, and by delegation who lacks a seat in some of them.

    Four queries, whatever the number of people.
    """
    slots = moments(list(edition.sessions.parallel().with_place().with_offers().in_programme_order()))
    for session in (session for slot in slots for session in slot.sessions):
        session.edition = edition
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for participant_pk, session_pk, state in edition.seats.values_list("participant", "session", "state"):
        states[participant_pk][session_pk] = state
    people = edition.participants.registered().with_people()
    missing: dict[Delegation, list[SeatlessParticipant]] = defaultdict(list)
    for participant in people.order_by("delegation__city__name", "delegation", "user__name", "pk"):
        theirs = states[participant.pk]
        lacking = [
            (slot, any(it.pk in theirs for it in slot.sessions))
            for slot in slots
            if not any(theirs.get(it.pk) == Seat.State.HELD for it in slot.sessions)
        ]
        if lacking:
            missing[participant.delegation].append(SeatlessParticipant(participant, lacking, is_all=not theirs))
    return slots, list(missing.items())
