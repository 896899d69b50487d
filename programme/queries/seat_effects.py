"""Effects of a change on seats, with the sentences shown to organisers. A plan (`seat_plans`) is a list of them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.formats import titles
from programme.models import Participant, Session
from programme.queries.seat_book import BookedSeat


@dataclass(frozen=True)
class Names:
    """Participants and sessions by primary key, for sentences."""

    people: Mapping[int, Participant]
    sessions: Mapping[int, Session]

    def of(self, seat: BookedSeat, **others: Iterable[BookedSeat]) -> dict[str, str]:
        """Return placeholders: person, session, and the titles of the sessions of each of the `others`."""
        more = {name: titles(self.sessions[it.session] for it in seats) for name, seats in others.items()}
        return {"person": str(self.people[seat.participant]), "session": titles([self.sessions[seat.session]]), **more}


@dataclass(frozen=True)
class SeatEffect:
    """What happens to one held or waiting seat."""

    seat: BookedSeat

    @property
    def has_email(self) -> bool:
        """Return whether the participant gets an email about it at once."""
        return True

    @property
    def joins(self) -> Hashable:
        """Return what effects have in common that one email tells; None if each has its own."""
        return None

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        """Return the participant's other seats that it changes or depends on."""
        return ()

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        """Return the seats whose sessions its email announces, so that a notice need not."""
        return ()

    def sentence(self, names: Names) -> str:
        """Return the effect as a sentence for an organiser."""
        raise NotImplementedError


@dataclass(frozen=True)
class SeatEnded(SeatEffect):
    """The seat ends with its session. A notice of changes tells who held it, an email who waited.

    `is_for_all`: the session is in everybody's programme now, so nobody is told.
    """

    is_for_all: bool

    @property
    def has_email(self) -> bool:
        return not (self.seat.is_held or self.is_for_all)

    @property
    def joins(self) -> Hashable:
        return self.seat.participant, "ended"

    def sentence(self, names: Names) -> str:
        return _("%(person)s leaves the waiting list for %(session)s, which no longer has seats.") % names.of(self.seat)


@dataclass(frozen=True)
class SeatClashed(SeatEffect):
    """The seat ends because its session now overlaps with that of `kept_seat`."""

    kept_seat: BookedSeat

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return (self.kept_seat,)

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        return (self.seat,) if self.seat.is_held else ()

    def sentence(self, names: Names) -> str:
        if self.seat.is_held:
            text = _(
                "%(person)s keeps the seat in %(kept)s and loses the one in %(session)s: they are now at the same time."
            )
        else:
            text = _(
                "%(person)s keeps the seat in %(kept)s and leaves the waiting list for %(session)s: they are now at the same time."
            )
        return text % names.of(self.seat, kept=[self.kept_seat])


@dataclass(frozen=True)
class SeatPromoted(SeatEffect):
    """A waiting seat becomes a held one; the participant's other seats at the same time are given up.

    `is_exchange`: the seat is left by somebody who moves in the same circle.
    """

    given_up: tuple[BookedSeat, ...] = ()
    not_waited_for: tuple[BookedSeat, ...] = ()
    is_exchange: bool = False

    @property
    def joins(self) -> Hashable:
        return self.seat.participant, "promoted", self.is_exchange

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return (*self.given_up, *self.not_waited_for)

    @property
    def announced(self) -> tuple[BookedSeat, ...]:
        return (self.seat, *self.given_up)

    def sentence(self, names: Names) -> str:
        if not self.given_up:
            return _("%(person)s gets a seat in %(session)s from the waiting list.") % names.of(self.seat)
        text = _("%(person)s gets a seat in %(session)s from the waiting list instead of the one in %(given_up)s.")
        return text % names.of(self.seat, given_up=self.given_up)


@dataclass(frozen=True)
class SeatOffered(SeatEffect):
    """The participant is offered a free seat in place of those they `hold` at the same time."""

    hold: tuple[BookedSeat, ...]

    @property
    def others(self) -> tuple[BookedSeat, ...]:
        return self.hold

    def sentence(self, names: Names) -> str:
        text = _("%(person)s is offered a free seat in %(session)s instead of the one in %(held)s.")
        return text % names.of(self.seat, held=self.hold)


@dataclass(frozen=True)
class OfferEnded(SeatEffect):
    """The offer ends because no seat is free any more."""

    @property
    def has_email(self) -> bool:
        return False

    def sentence(self, names: Names) -> str:
        return _("%(person)s is no longer offered a seat in %(session)s: none is free.") % names.of(self.seat)


def by_email(effects: Iterable[SeatEffect]) -> list[list[SeatEffect]]:
    """Return the effects that people are emailed about, those together that one email tells: it announces a session once."""
    emails: dict[Hashable, list[SeatEffect]] = {}
    for number, effect in enumerate(it for it in effects if it.has_email):
        key = effect.joins or number
        told = {seat.session for other in emails.get(key, ()) for seat in other.announced}
        if told & {seat.session for seat in effect.announced}:
            key = number
        emails.setdefault(key, []).append(effect)
    return list(emails.values())


def sentences(effects: Sequence[SeatEffect]) -> tuple[str, ...]:
    """Return the effects as sentences for an organiser. People who lose a seat with its session are counted, others named."""
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
            "%(session)s is now for everybody: %(n)s person no longer needs a seat.",
            "%(session)s is now for everybody: %(n)s people no longer need a seat.",
            n,
        )
    else:
        text = ngettext(
            "%(n)s person loses their seat in %(session)s and is told with the change.",
            "%(n)s people lose their seats in %(session)s and are told with the change.",
            n,
        )
    return text % {"n": n, "session": titles([session])}
