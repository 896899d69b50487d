"""What somebody can choose between, slot by slot, and what they have there."""

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
    """A stretch of parallel sessions for one participant. Its sessions are annotated `with_seat_of` them."""

    slot: Slot[Session]
    is_open: bool
    asked_from: (
        dt.datetime | None
    )  # when a place becomes free: until then one is moved; None: one would give nothing up
    waited_for_beside: Mapping[int, Sequence[Session]]  # by session: what one waits for at the same time
    ways_back: Mapping[
        int, Session
    ]  # by session: from which one was moved there, and which one can still choose instead

    @property
    def key(self) -> str:
        """What the slot is called in forms."""
        return "-".join(str(pk) for pk in sorted(session.pk for session in self.slot.sessions))

    @property
    def chosen(self) -> tuple[Session, ...]:
        """What stands as chosen: at most one session."""
        states = {session: session.own_state for session in self.slot.sessions if session.own_state}
        return chosen(self.slot.sessions, states)

    @property
    def chosen_key(self) -> str:
        """The chosen session as forms name it; empty when there is none."""
        return str(self.chosen[0].pk) if self.chosen else ""

    @property
    def held(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "held"]

    @property
    def waited_for(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "waiting"]

    @property
    def for_the_meanwhile(self) -> list[Session]:
        """Where there are free places, for somebody who waits here and has no seat. Needs `with_seats`."""
        if not self.is_open or self.held or not self.waited_for:
            return []
        return [session for session in self.slot.sessions if session.has_free_seat and not session.own_state]


@dataclass(frozen=True)
class Missing:
    """Somebody who has no seat in some slots, each with whether they wait for one there; or nothing at all anywhere."""

    participant: Participant
    slots: Sequence[tuple[Slot[Session], bool]]
    is_all: bool


def choices_in(sessions: Iterable[Session], now: dt.datetime) -> list[SlotChoice]:
    """The slots of the parallel ones among the sessions, which are in programme order and of one edition.

    A slot can be chosen in while choosing is open in the edition and none of its sessions has begun.
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
    """Return from when on somebody who waits for the session is asked rather than moved, as `waiting_lists.wait_of` has it.

    None where they would give up none of what they hold, in whatever slot that begins.
    """
    given_up = [it for it in held if overlap(it, session)]
    starts = [it.starts_at for it in (session, *given_up) if it.starts_at]
    return moving_ends_at(starts, before) if given_up else None


def ways_back(sessions: Iterable[Session], now: dt.datetime) -> dict[int, Session]:
    """Return, by session, the one from which somebody was moved there, as long as it has not begun and is at the same time."""
    ahead = {it.pk: it for it in sessions if it.starts_at and it.starts_at > now}
    origins = ((it, ahead.get(it.own_moved_from_id or 0)) for it in sessions)
    return {it.pk: origin for it, origin in origins if origin and overlap(origin, it)}


def choices_of(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """All slots of the participant's edition, with the seats there are and what they have, in one query."""
    return choices_in(_slots_of(participant).with_seats(), now)


def chosen_by(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """As `choices_of`, without how many seats there are."""
    return choices_in(_slots_of(participant), now)


def _slots_of(participant: Participant) -> SessionQuerySet:
    parallel = participant.edition.sessions.parallel().published().with_seat_of(participant)
    return parallel.select_related("room__venue", "track").in_programme_order()  # the edition is the participant's


def standing_of_slots(edition: Edition) -> tuple[list[Slot[Session]], list[tuple[Delegation, list[Missing]]]]:
    """The slots of an edition with their seats, and by city who lacks a seat in some of them.

    Four queries, however many people.
    """
    found = edition.sessions.parallel().with_place().with_offers().in_programme_order()
    slots = moments(list(found))
    for session in (session for slot in slots for session in slot.sessions):
        session.edition = edition
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for participant_pk, session_pk, state in edition.seats.values_list("participant", "session", "state"):
        states[participant_pk][session_pk] = state
    people = edition.participants.registered().with_people()
    missing: dict[Delegation, list[Missing]] = defaultdict(list)
    for participant in people.order_by("delegation__city__name", "delegation", "user__name", "pk"):
        own = states[participant.pk]
        lacking = [
            (slot, any(it.pk in own for it in slot.sessions))
            for slot in slots
            if not any(own.get(it.pk) == Seat.State.HELD for it in slot.sessions)
        ]
        if lacking:
            missing[participant.delegation].append(Missing(participant, lacking, is_all=not own))
    return slots, list(missing.items())
