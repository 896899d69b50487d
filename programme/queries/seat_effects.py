"""What happens to people's seats, and how an organiser reads it. Plans (`seat_plans`) are lists of these effects."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.formats import titles
from programme.models import Participant, Session
from programme.queries.seat_book import BookedSeat


@dataclass(frozen=True)
class Names:
    """The people and sessions that sentences name, by number."""

    people: Mapping[int, Participant]
    sessions: Mapping[int, Session]

    def of(self, seat: BookedSeat, **others: Iterable[BookedSeat]) -> dict[str, str]:
        """Return the placeholders of a sentence: the person, the session and the titles of the `others`."""
        more = {name: titles(self.sessions[it.session] for it in seats) for name, seats in others.items()}
        return {"person": str(self.people[seat.participant]), "session": titles([self.sessions[seat.session]]), **more}


@dataclass(frozen=True)
class Effect:
    """What happens to one seat or one place on a waiting list."""

    seat: BookedSeat

    @property
    def has_email(self) -> bool:
        """Whether the person gets an e-mail about it at once."""
        return True

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        """The person's other seats that it touches, or depends on."""
        return ()

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        """The seats of whose sessions its e-mail tells the person how they are now."""
        return ()

    def sentence(self, names: Names) -> str:
        """Say it to an organiser."""
        raise NotImplementedError


@dataclass(frozen=True)
class SeatEnded(Effect):
    """It ends with its session. Whoever held it is told with the change, whoever waited by an e-mail of its own.

    `is_for_all`: the session is in everybody's programme now, so nobody is told.
    """

    is_for_all: bool

    @property
    def has_email(self) -> bool:
        return not (self.seat.is_held or self.is_for_all)

    def sentence(self, names: Names) -> str:
        return _("%(person)s no longer waits for a seat in %(session)s: it has no seats any more.") % names.of(
            self.seat
        )


@dataclass(frozen=True)
class SeatClashed(Effect):
    """It ends, as its session is now at the same time as that of another seat, which is `kept`."""

    kept: BookedSeat

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return (self.kept,)

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        return (self.seat,) if self.seat.is_held else ()

    def sentence(self, names: Names) -> str:
        if self.seat.is_held:
            text = _("%(person)s keeps the seat in %(kept)s and loses the one in %(session)s, now at the same time.")
        else:
            text = _("%(person)s keeps the seat in %(kept)s and no longer waits for %(session)s, now at the same time.")
        return text % names.of(self.seat, kept=[self.kept])


@dataclass(frozen=True)
class SeatPromoted(Effect):
    """Waiting turns into a seat, for which the person's other seats and waiting at the same time are given up.

    `is_exchange`: the place comes from somebody who gets another one for it, in a circle.
    """

    given_up: tuple[BookedSeat, ...] = ()
    not_waited_for: tuple[BookedSeat, ...] = ()
    is_exchange: bool = False

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return (*self.given_up, *self.not_waited_for)

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        return (self.seat, *self.given_up)

    def sentence(self, names: Names) -> str:
        if not self.given_up:
            return _("%(person)s gets a seat in %(session)s from the waiting list.") % names.of(self.seat)
        text = _("%(person)s gets a seat in %(session)s from the waiting list, in place of the one in %(given_up)s.")
        return text % names.of(self.seat, given_up=self.given_up)


@dataclass(frozen=True)
class SeatOffered(Effect):
    """The person is asked to take a free place, in place of the seats that they `hold` at the same time."""

    hold: tuple[BookedSeat, ...]

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return self.hold

    def sentence(self, names: Names) -> str:
        text = _("%(person)s is asked to take a free place in %(session)s, in place of the one in %(held)s.")
        return text % names.of(self.seat, held=self.hold)


@dataclass(frozen=True)
class OfferEnded(Effect):
    """The person is no longer asked to take a place: none is free any more."""

    @property
    def has_email(self) -> bool:
        return False

    def sentence(self, names: Names) -> str:
        return _("%(person)s is no longer asked to take a place in %(session)s: none is free.") % names.of(self.seat)


def sentences(effects: Sequence[Effect]) -> tuple[str, ...]:
    """Say to an organiser what follows. Those who lose a seat with its session are counted, all others are named."""
    seats = [seat for it in effects for seat in (it.seat, *it.others)]
    names = Names(
        Participant.objects.select_related("user").in_bulk({it.participant for it in seats}),
        Session.objects.in_bulk({it.session for it in seats}),
    )
    with_session = [it for it in effects if isinstance(it, SeatEnded) and not it.has_email]
    counts = Counter((it.seat.session, it.is_for_all) for it in with_session)
    counted = [ended_sentence(names.sessions[number], n, is_for_all) for (number, is_for_all), n in counts.items()]
    return (*counted, *(it.sentence(names) for it in effects if it not in with_session))


def ended_sentence(session: Session, n: int, is_for_all: bool) -> str:  # noqa: FBT001 - a part of the key
    if is_for_all:
        text = ngettext(
            "%(session)s is for everybody now: %(n)s person needs no seat in it.",
            "%(session)s is for everybody now: %(n)s people need no seat in it.",
            n,
        )
    else:
        text = ngettext(
            "%(n)s person loses their seat in %(session)s, and is told with the change.",
            "%(n)s people lose their seats in %(session)s, and are told with the change.",
            n,
        )
    return text % {"n": n, "session": titles([session])}
