"""E-mails about seats that somebody else, or the waiting list, has given to people or taken from them.

A session may change before such an e-mail leaves, which is then taken back. It is written again if the seat is still as it
says; otherwise a notice tells the person how things are now (`announcements.Difference.is_owed`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from programme import emails
from programme.formats import titles
from programme.models import Announcement, Participant, Seat, Session
from programme.queries.announcements import Entries, announcement, entries_of
from programme.queries.seat_effects import Effect, SeatClashed, SeatOffered, SeatPromoted
from programme.rules.sessions import overlap
from programme.rules.windows import Window
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message


@dataclass(frozen=True)
class Promotion:
    """A seat that came from the waiting list, and what was given up for it: seats, and waiting, at the same time."""

    seat: Seat
    given_up: list[Session]
    not_waited_for: list[Session]


@dataclass(frozen=True)
class Offer:
    """A waiting `seat` for which a place is free, and the sessions whose seats would be given up for it."""

    seat: Seat
    held: list[Session]


def promotion_of(effect: SeatPromoted, seats: Mapping[int, Seat]) -> Promotion:
    """Return what becomes of the seats, given by their numbers."""
    return Promotion(
        seats[effect.seat.number],
        given_up=[seats[it.number].session for it in effect.given_up],
        not_waited_for=[seats[it.number].session for it in effect.not_waited_for],
    )


def tell_of_effects(effects: Sequence[Effect], seats: Mapping[int, Seat]) -> None:
    """Queue the e-mail about each effect. `seats` are those concerned, by number; they need `SeatQuerySet.with_people`.

    Three queries, however many.
    """
    announced = [seats[it.number] for effect in effects for it in effect.announced]
    sessions = {it.session_id: it.session for it in announced}
    entries = entries_of([it.participant for it in announced], sessions.values()) if announced else {}
    queue.post([written_about(it, seats, entries) for it in effects])


def written_about(effect: Effect, seats: Mapping[int, Seat], entries: Entries) -> Message:
    """Write the e-mail about an effect, once it has come about."""
    seat = seats[effect.seat.number]
    if isinstance(effect, SeatPromoted):
        return written_promotion(promotion_of(effect, seats), entries, is_exchange=effect.is_exchange)
    if isinstance(effect, SeatOffered):
        return written_offer(Offer(seat, [seats[it.number].session for it in effect.hold]))
    if isinstance(effect, SeatClashed):
        kept = seats[effect.kept.number].session
        was_held = effect.seat.is_held
        return written_clash(seat.participant, lost=seat.session, kept=kept, was_held=was_held, entries=entries)
    return emails.written_to(seat.participant, "seat_lost", seat=seat)


def written_promotion(promotion: Promotion, entries: Entries, *, is_exchange: bool) -> Message:
    seat = promotion.seat
    return emails.written_to(
        seat.participant,
        "seat_promoted",
        seat=seat,
        is_exchange=is_exchange,
        way_back=way_back(seat),
        given_up=titles(promotion.given_up),
        not_waited_for=titles(promotion.not_waited_for),
        enters=[seat.session],
        leaves=promotion.given_up,
        entries=entries,
    )


def written_offer(offer: Offer) -> Message:
    seat = offer.seat
    return emails.written_to(
        seat.participant,
        "seat_offered",
        seat=seat,
        held=titles(offer.held),
        offers=[seat.session],
        repeats=offer.held,
        expires_at=seat.starts_at,
    )


def written_clash(
    participant: Participant, *, lost: Session, kept: Session, was_held: bool, entries: Entries | None = None
) -> Message:
    """Write "seat_clash": of two sessions at the same time they keep their seat in one, and have nothing in the other."""
    return emails.written_to(
        participant,
        "seat_clash",
        lost=lost,
        kept=kept,
        was_held=was_held,
        can_choose=participant.edition.choice_window(timezone.now()) is Window.OPEN,
        leaves=[lost] if was_held else [],
        repeats=[kept] if was_held else [],
        entries=entries,
    )


def way_back(seat: Seat) -> Session | None:
    """Return the session that they can have back in place of this seat, as long as it can be chosen. Needs `with_people`."""
    origin = seat.moved_from
    if origin is None or not (origin.is_published and origin.takes_seats and overlap(origin, seat.session)):
        return None
    return origin if origin.starts_at and origin.starts_at > timezone.now() else None


def write_again(messages: Iterable[Message]) -> None:
    """Queue again each message that was taken back and whose seat is still as it says. Four queries, and three a message."""
    kinds = {
        "seat_promoted": promoted_again,
        "seat_assigned": assigned_again,
        "seat_offered": offered_again,
        "seat_clash": clash_again,
        "seat_taken": taken_again,
    }
    overtaken = {it.pk: it for it in messages if it.kind in kinds}
    if not overtaken:
        return
    for told in what_they_told(overtaken):
        if again := kinds[told.message.kind](told):
            queue.post([again])


@dataclass(frozen=True)
class Told:
    """What an overtaken message told a person of sessions, and the seats they have now, by session."""

    message: Message
    participant: Participant
    theirs: list[Session]
    not_theirs: list[Session]
    known: list[Session]
    seats: dict[int, Seat]

    def holds(self, session: Session) -> bool:
        """Whether the session is theirs now, by a seat."""
        seat = self.seats.get(session.pk)
        return bool(seat and seat.is_held and session.is_published and session.takes_seats)

    def own_seat(self, session: Session) -> Seat | None:
        """Return the seat in the session of which the message told, not one that came later."""
        seat = self.seats.get(session.pk)
        since = seat and (seat.held_at or seat.offered_at)
        is_it = since and since <= self.message.created_at and session.is_published and session.takes_seats
        return seat if is_it else None

    @property
    def given_up(self) -> list[Session]:
        return [it for it in self.not_theirs if not self.holds(it)]


def what_they_told(messages: dict[int, Message]) -> Iterator[Told]:
    said: dict[int, list[Announcement]] = defaultdict(list)
    places = ("session__edition__venue", "session__room__venue", "session__track")
    announcements = Announcement.objects.filter(message__in=messages).select_related(*places).order_by("pk")
    for it in announcements:
        said[it.message_id or 0].append(it)
    people = Participant.objects.with_people().in_bulk({it.participant_id for it in announcements})
    seats: dict[int, dict[int, Seat]] = defaultdict(dict)
    for seat in Seat.objects.with_people().filter(participant__in=people):
        seats[seat.participant_id][seat.session_id] = seat
    for number, message in messages.items():
        if person := next((people.get(it.participant_id) for it in said[number]), None):
            yield Told(
                message,
                person,
                theirs=[it.session for it in said[number] if it.is_theirs and not it.is_repeat],
                not_theirs=[it.session for it in said[number] if not it.is_theirs],
                known=[it.session for it in said[number] if it.is_theirs and it.is_repeat],
                seats=seats[person.pk],
            )


def promoted_again(told: Told) -> Message | None:
    """Whether others moved at the same time, and what they waited for besides, is not kept: of that it says nothing."""
    for session in told.theirs:
        seat = told.own_seat(session)
        if seat and seat.is_held and seat.is_promoted:
            return emails.written_to(
                told.participant,
                "seat_promoted",
                seat=seat,
                is_again=True,
                way_back=way_back(seat),
                given_up=titles(told.given_up),
                enters=[session],
                leaves=told.given_up,
            )
    return None


def assigned_again(told: Told) -> Message | None:
    for session in told.theirs:
        seat = told.own_seat(session)
        if seat and seat.is_held and seat.assigned_by_id:
            return emails.written_to(
                told.participant,
                "seat_assigned",
                session=session,
                is_again=True,
                given_up=titles(told.given_up),
                enters=[session],
                leaves=told.given_up,
            )
    return None


def offered_again(told: Told) -> Message | None:
    for session in told.not_theirs:
        seat = told.own_seat(session)
        if seat and seat.offered_at:
            held = [it.session for it in told.seats.values() if it.is_held and overlap(it, seat)]
            return written_offer(Offer(seat, held)) if held else None
    return None


def clash_again(told: Told) -> Message | None:
    """As long as the two are still at the same time."""
    for lost, kept in zip(told.not_theirs, told.known, strict=False):
        if told.holds(kept) and not told.holds(lost) and overlap(lost, kept):
            return written_clash(told.participant, lost=lost, kept=kept, was_held=True)
    return None


def taken_again(told: Told) -> Message | None:
    """The same words, with the reason, which only they have. What was overtaken is the calendar file: there is no entry to take out."""
    message = told.message
    if any(told.holds(it) for it in told.not_theirs):
        return None
    again = queue.message_of(
        subject=message.subject,
        text=message.text,
        to=told.participant.user.email,
        kind=message.kind,
        user=told.participant.user,
        context=told.participant.edition,
        reply_to=message.reply_to,
    )
    again.records = [announcement(told.participant, it, is_theirs=False) for it in told.not_theirs]
    return again
