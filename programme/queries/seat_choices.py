"""The sessions that participants can choose between, slot by slot, and the seats they have there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, QuerySet

from programme.models import ComingAnswer, Delegation, Edition, Participant, Seat, Session
from programme.models.session_queryset import SessionQuerySet
from programme.queries.participant_programme import OwnSeat, seats_of
from programme.rules.seats import chosen, moving_ends_at
from programme.rules.sessions import Slot, choice_slots, overlap
from programme.rules.windows import Window
from udtacademy.db.prepared import AnyOf, Parameter, prepared


@dataclass(frozen=True)
class Option:
    """A session that a participant can choose, and their seat in it, if any."""

    session: Session
    seat: OwnSeat | None

    @property
    def is_held(self) -> bool:
        return self.seat is not None and self.seat.is_held

    @property
    def is_waited_for(self) -> bool:
        return self.seat is not None and self.seat.is_waiting

    def is_offered(self, now: dt.datetime) -> bool:
        """Return whether they are offered a seat in a session that has not started."""
        is_ahead = self.session.starts_at is not None and self.session.starts_at > now
        return self.seat is not None and self.seat.offered_at is not None and is_ahead


@dataclass(frozen=True)
class SlotChoice:
    """A slot of parallel sessions for one participant."""

    slot: Slot[Session]
    options: tuple[Option, ...]  # one for each session of the slot
    is_open: bool
    asked_from: dt.datetime | None  # from then on they are offered seats; None: they would give nothing up
    waited_for_beside: Mapping[int, Sequence[Option]]  # by session: what they wait for at the same time
    ways_back: Mapping[int, Session]  # by session: where they were moved from, and can still choose instead

    @property
    def key(self) -> str:
        """Return the slot's name in forms."""
        return "-".join(str(pk) for pk in sorted(session.pk for session in self.slot.sessions))

    @property
    def chosen(self) -> tuple[Session, ...]:
        """Return the chosen session, if any, see `rules.seats.chosen`."""
        return chosen(self.slot.sessions, {it.session: it.seat.state for it in self.options if it.seat})

    @property
    def chosen_key(self) -> str:
        """Return the chosen session's name in forms; empty without one."""
        return str(self.chosen[0].pk) if self.chosen else ""

    @property
    def held(self) -> list[Option]:
        return [option for option in self.options if option.is_held]

    @property
    def waited_for(self) -> list[Option]:
        return [option for option in self.options if option.is_waited_for]

    @property
    def for_the_meanwhile(self) -> list[Option]:
        """Return sessions with free seats for somebody who waits in this slot and holds no seat. Needs `with_seats`."""
        if not self.is_open or self.held or not self.waited_for:
            return []
        return [option for option in self.options if option.session.has_free_seat and not option.seat]


@dataclass(frozen=True)
class SeatlessParticipant:
    """A participant without a seat in some slots, each with whether they wait there. `is_all`: they have no seat anywhere."""

    participant: Participant
    slots: Sequence[tuple[Slot[Session], bool]]
    is_all: bool


def choices_in(sessions: Iterable[Session], seats: Mapping[int, OwnSeat], now: dt.datetime) -> list[SlotChoice]:
    """Return the slots of the parallel ones among sessions of one edition, given in programme order.

    `seats`: the participant's, by session; to read a form, none are needed. A slot is open while choosing is open in the edition and none of its sessions
    has started.
    """
    options = {it.pk: Option(it, seats.get(it.pk)) for it in sessions if it.takes_seats}
    if not options:
        return []
    parallel = [option.session for option in options.values()]
    edition = parallel[0].edition
    is_window_open = edition.choice_window(now) is Window.OPEN
    waited_for = [option for option in options.values() if option.is_waited_for]
    held = [option.session for option in options.values() if option.is_held]
    beside = {it.pk: [one for one in waited_for if one.session != it and overlap(one.session, it)] for it in parallel}
    asked_from = {
        option.session.pk: moment
        for option in waited_for
        if (moment := asked_about(option.session, held, edition.seat_moves_end_before))
    }
    back = ways_back(options.values(), now)
    choices = []
    for slot in choice_slots(parallel):
        of_slot = tuple(options[it.pk] for it in slot.sessions)
        earliest = min((asked_from[it.pk] for it in slot.sessions if it.pk in asked_from), default=None)
        choices.append(SlotChoice(slot, of_slot, is_window_open and slot.starts_at > now, earliest, beside, back))
    return choices


def asked_about(session: Session, held: Iterable[Session], before: dt.timedelta) -> dt.datetime | None:
    """Return from when on somebody who waits for the session is offered a seat rather than moved, see `seat_book.wait_of`.

    None if they would give up none of the sessions they hold.
    """
    given_up = [it for it in held if overlap(it, session)]
    starts = [it.starts_at for it in (session, *given_up) if it.starts_at]
    return moving_ends_at(starts, before) if given_up else None


def ways_back(options: Iterable[Option], now: dt.datetime) -> dict[int, Session]:
    """Return, by session, the one they were moved from, if it has not started and is at the same time."""
    options = list(options)
    ahead = {it.session.pk: it.session for it in options if it.session.starts_at and it.session.starts_at > now}
    origins = ((it.session, ahead.get((it.seat and it.seat.moved_from) or 0)) for it in options)
    return {session.pk: origin for session, origin in origins if origin and overlap(origin, session)}


def choices_of(participant: Participant, now: dt.datetime) -> list[SlotChoice]:
    """Return all slots of the participant's edition, with capacities and counts. Two queries."""
    parallel = participant.edition.sessions.parallel().published()  # their edition is the participant's
    sessions = parallel.with_seats().select_related("room__venue", "track").in_programme_order()
    return choices_in(sessions, seats_of(participant), now)


def sessions_to_choose(participant: Participant, slots: Iterable[int], now: dt.datetime) -> list[Session]:
    """Return the sessions of some slots (primary keys) that a participant can still choose, with counts and offers.

    Annotated with `has_no`: whether the participant ever said that they do not come in person. A prepared query.
    """
    edition = participant.edition
    sessions = _sessions_to_choose(edition=edition.pk, participant=participant.pk, slots=list(slots), now=now)
    for session in sessions:
        session.edition = edition
    return sessions


@prepared
def _sessions_to_choose() -> SessionQuerySet:
    sessions = Session.objects.open_to_choice(Parameter("now")).filter(edition=Parameter("edition"))
    has_no = Exists(ComingAnswer.objects.filter(participant=Parameter("participant"), is_coming=False))
    in_slots = sessions.filter(pk=AnyOf("slots")).with_offers().annotate(has_no=has_no)
    return in_slots.select_related("room__venue", "track").order_by("pk")


def seats_with_sessions(participant: Participant) -> list[Seat]:
    """Return a participant's seats with their sessions and where these are. A prepared query."""
    seats = _seats_with_sessions(participant=participant.pk)
    for seat in seats:
        seat.participant = participant
    return seats


@prepared
def _seats_with_sessions() -> QuerySet[Seat]:
    seats = Seat.objects.filter(participant=Parameter("participant"))
    return seats.select_related("session__room__venue")


def standing_of_slots(
    edition: Edition,
) -> tuple[list[Slot[Session]], list[tuple[Delegation, list[SeatlessParticipant]]]]:
    """Return the slots of an edition with their counts, and by delegation who lacks a seat in some of them.

    Nobody lacks a seat where nothing is published: they cannot choose it yet. Four queries, whatever the number of people.
    """
    slots = choice_slots(list(edition.sessions.parallel().with_place().with_offers().in_programme_order()))
    for session in (session for slot in slots for session in slot.sessions):
        session.edition = edition
    published = [slot for slot in slots if any(it.is_published for it in slot.sessions)]
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for participant_pk, session_pk, state in edition.seats.values_list("participant", "session", "state"):
        states[participant_pk][session_pk] = state
    people = edition.participants.registered().with_people()
    missing: dict[Delegation, list[SeatlessParticipant]] = defaultdict(list)
    for participant in people.order_by("delegation__city__name", "delegation", "user__name", "pk"):
        theirs = states[participant.pk]
        lacking = [
            (slot, any(it.pk in theirs for it in slot.sessions))
            for slot in published
            if not any(theirs.get(it.pk) == Seat.State.HELD for it in slot.sessions)
        ]
        if lacking:
            missing[participant.delegation].append(SeatlessParticipant(participant, lacking, is_all=not theirs))
    return slots, list(missing.items())
