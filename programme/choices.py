"""What somebody can choose between, slot by slot, and what they have there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from programme import rules
from programme.models import Delegation, Edition, Participant, Session


@dataclass(frozen=True)
class SlotChoice:
    """A stretch of parallel sessions for one participant. Its sessions are annotated `with_seat_of` them."""

    slot: rules.Slot[Session]
    is_open: bool

    @property
    def key(self) -> str:
        """What the slot is called in forms."""
        return key_of(self.slot.sessions)

    @property
    def columns(self) -> list[tuple[str, Sequence[Session]]]:
        return [(key_of(column), column) for column in self.slot.columns]

    @property
    def chosen(self) -> Sequence[Session]:
        states = {session: session.own_state for session in self.slot.sessions if session.own_state}
        return rules.chosen_column(self.slot.columns, states)

    @property
    def chosen_key(self) -> str:
        """The key of the chosen column; empty when nothing is chosen."""
        return key_of(self.chosen) if self.chosen else ""

    @property
    def held(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "held"]

    @property
    def waited_for(self) -> list[Session]:
        return [session for session in self.slot.sessions if session.own_state == "waiting"]

    @property
    def meanwhile_keys(self) -> list[str]:
        """The columns with free places, for somebody who waits for another one and has no seat. Needs `with_seats`."""
        if not self.is_open or self.held or not self.waited_for:
            return []
        return [key for key, column in self.columns if all(it.has_free_place and not it.own_state for it in column)]


@dataclass(frozen=True)
class Missing:
    """Somebody who has nothing in some slots, or in all of them."""

    participant: Participant
    slots: Sequence[rules.Slot[Session]]
    is_all: bool


def key_of(sessions: Iterable[Session]) -> str:
    return str(min(session.pk for session in sessions))


def choices_in(sessions: Iterable[Session], now: dt.datetime) -> list[SlotChoice]:
    """The slots of the parallel ones among the sessions, which are in programme order and of one edition.

    A slot can be chosen in while choosing is open in the edition and none of its sessions has begun.
    """
    parallel = [session for session in sessions if session.takes_seats]
    if not parallel:
        return []
    is_window_open = parallel[0].edition.choice_window(now) is rules.Window.OPEN
    return [SlotChoice(slot, is_window_open and slot.starts_at > now) for slot in rules.slots(parallel)]


def choices_of(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """All slots of the participant's edition, with the seats there are and what they have, in one query."""
    found = participant.edition.sessions.parallel().published().with_place().with_seats().with_seat_of(participant)
    sessions = list(found.in_programme_order())
    for session in sessions:
        session.edition = participant.edition
    return choices_in(sessions, now)


def standing_of_slots(edition: Edition) -> tuple[list[rules.Slot[Session]], list[tuple[Delegation, list[Missing]]]]:
    """The slots of an edition with their seats, and by city who lacks a seat in some of them and does not wait for one.

    Four queries, however many people.
    """
    found = edition.sessions.parallel().with_place().with_seats().in_programme_order()
    slots = rules.slots(list(found))
    for session in (session for slot in slots for session in slot.sessions):
        session.edition = edition
    chosen: dict[int, set[int]] = defaultdict(set)
    for participant_pk, session_pk in edition.seats.values_list("participant", "session"):
        chosen[participant_pk].add(session_pk)
    people = edition.participants.registered().with_people()
    missing: dict[Delegation, list[Missing]] = defaultdict(list)
    for participant in people.order_by("delegation__city__name", "delegation", "user__name", "pk"):
        lacking = [slot for slot in slots if not chosen[participant.pk] & {it.pk for it in slot.sessions}]
        if lacking:
            missing[participant.delegation].append(Missing(participant, lacking, is_all=len(lacking) == len(slots)))
    return slots, list(missing.items())
