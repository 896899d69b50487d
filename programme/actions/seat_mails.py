"""Emails about seats given or removed by an organiser, a change of a session or the waiting list.

If the session changes before such an email is sent, the email is withdrawn. It is written again if it still describes the
seat; otherwise a notice of changes tells the person (`announcements.Difference.is_owed`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from programme import emails
from programme.formats import titles
from programme.models import Announcement, Participant, Seat, Session
from programme.queries.announcements import announcement
from programme.queries.calendar_entries import CalendarEntries, entries_of
from programme.queries.quiet_hours import beginnings
from programme.queries.seat_effects import SeatClashed, SeatEffect, SeatOffered, SeatPromoted, by_email
from programme.rules.sessions import overlap
from programme.rules.windows import Window
from udtacademy.outbox import queue
from udtacademy.outbox.models import Message


@dataclass(frozen=True)
class Promotion:
    """A seat from the waiting list, and the sessions given up for it at the same time: seats, and waiting-list entries."""

    seat: Seat
    given_up: list[Session]
    not_waited_for: list[Session]


@dataclass(frozen=True)
class Offer:
    """A waiting `seat` whose session has a free seat, and the sessions whose seats would be given up for it."""

    seat: Seat
    held: list[Session]


def promotion_of(effect: SeatPromoted, seats: Mapping[int, Seat]) -> Promotion:
    """Return the promotion that an effect describes. `seats`: by primary key."""
    return Promotion(
        seats[effect.seat.number],
        given_up=[seats[it.number].session for it in effect.given_up],
        not_waited_for=[seats[it.number].session for it in effect.not_waited_for],
    )


def tell_of_effects(effects: Sequence[SeatEffect], seats: Mapping[int, Seat]) -> None:
    """Queue the emails about effects. `seats`: those concerned, by primary key, from `SeatQuerySet.with_people`.

    Seats that one person gets, or no longer waits for, are in one email. Three queries, whatever the number of effects.
    """
    announced = [seats[it.number] for effect in effects for it in effect.announced]
    sessions = {it.session_id: it.session for it in announced}
    entries = entries_of([it.participant for it in announced], sessions.values()) if announced else {}
    queue.post([written_about(it, seats, entries) for it in by_email(effects)])


def written_about(effects: Sequence[SeatEffect], seats: Mapping[int, Seat], entries: CalendarEntries) -> Message:
    """Compose the email about effects that have been carried out, see `by_email`. Not saved."""
    effect = effects[0]
    seat = seats[effect.seat.number]
    if isinstance(effect, SeatPromoted):
        promotions = [promotion_of(it, seats) for it in effects if isinstance(it, SeatPromoted)]
        return written_promotions(promotions, entries, is_exchange=effect.is_exchange)
    if isinstance(effect, SeatOffered):
        return written_offer(Offer(seat, [seats[it.number].session for it in effect.hold]))
    if isinstance(effect, SeatClashed):
        kept_session = seats[effect.kept_seat.number].session
        return written_clash(
            seat.participant, seat.session, kept_session, was_held=effect.seat.is_held, entries=entries
        )
    return written_losses([seats[it.seat.number] for it in effects])


def written_losses(seats: Sequence[Seat]) -> Message:
    sessions = in_order(it.session for it in seats)
    person = seats[0].participant
    return emails.written_to(
        person, "seat_lost", sessions=sessions, session=sessions[0], begins=beginnings(sessions, person.edition)
    )


def written_promotions(
    promotions: Sequence[Promotion],
    entries: CalendarEntries | None = None,
    *,
    is_exchange: bool = False,
    is_again: bool = False,
) -> Message:
    """Compose "seat_promoted" about the seats that one person got."""
    seat, given_up = promotions[0].seat, [session for it in promotions for session in it.given_up]
    not_waited_for = [session for it in promotions for session in it.not_waited_for]
    return emails.written_to(
        seat.participant,
        "seat_promoted",
        sessions=in_order(it.seat.session for it in promotions),
        way_back=way_back(seat) if len(promotions) == 1 else None,
        given_up=titles(given_up),
        not_waited_for=titles(not_waited_for),
        enters=[it.seat.session for it in promotions],
        leaves=given_up,
        entries=entries,
        is_exchange=is_exchange,
        is_again=is_again,
    )


def in_order(sessions: Iterable[Session]) -> list[Session]:
    """Return sessions by their start, those without one first."""
    return sorted(sessions, key=lambda it: (it.starts_at is not None, it.starts_at, it.pk))


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
    participant: Participant,
    lost: Session,
    kept_session: Session,
    *,
    was_held: bool,
    entries: CalendarEntries | None = None,
) -> Message:
    """Compose "seat_clash": of two sessions at the same time they keep the seat in one and lose the other.

    `was_held`: they held a seat in the lost session, rather than waited for one.
    """
    return emails.written_to(
        participant,
        "seat_clash",
        lost_session=lost,
        kept_session=kept_session,
        was_held=was_held,
        can_choose=participant.edition.choice_window(timezone.now()) is Window.OPEN,
        leaves=[lost] if was_held else [],
        repeats=[kept_session] if was_held else [],
        entries=entries,
    )


def way_back(seat: Seat) -> Session | None:
    """Return the session they were moved from, while they can still choose it instead. Needs `with_people`."""
    origin = seat.moved_from
    if origin is None or not (origin.is_published and origin.takes_seats and overlap(origin, seat.session)):
        return None
    return origin if origin.starts_at and origin.starts_at > timezone.now() else None


def write_again(messages: Iterable[Message]) -> None:
    """Queue each withdrawn message again whose seat is still as it says. Four queries, and three a message."""
    withdrawn = {it.pk: it for it in messages if it.kind in AGAIN}
    for statement in statements_of(withdrawn) if withdrawn else ():
        if again := AGAIN[statement.message.kind](statement):
            queue.post([again])


def composed_again(message: Message) -> Message | None:
    """Compose the email about a seat again, from the seats as they are now. Return None if it does not hold. Not saved."""
    statement = next(statements_of({message.pk: message}), None)
    return AGAIN[message.kind](statement) if statement else None


@dataclass(frozen=True)
class Statement:
    """What a withdrawn message said to a person about sessions, and the seats they have now, by session.

    `theirs` and `not_theirs`: sessions it put into or took out of their programme; `known`: those it only mentioned.
    """

    message: Message
    participant: Participant
    theirs: list[Session]
    not_theirs: list[Session]
    known: list[Session]
    seats: dict[int, Seat]

    def holds(self, session: Session) -> bool:
        """Return whether they hold a seat in the session, which is published and takes seats."""
        seat = self.seats.get(session.pk)
        return bool(seat and seat.is_held and session.is_published and session.takes_seats)

    def seat_then(self, session: Session) -> Seat | None:
        """Return the seat that the message was about, rather than one taken later; None if it is gone."""
        seat = self.seats.get(session.pk)
        since = seat and (seat.held_at or seat.offered_at)
        is_same = since and since <= self.message.created_at and session.is_published and session.takes_seats
        return seat if is_same else None

    @property
    def given_up(self) -> list[Session]:
        return [it for it in self.not_theirs if not self.holds(it)]


def statements_of(messages: dict[int, Message]) -> Iterator[Statement]:
    """Read what messages (by primary key) said, leaving out those to people who were deleted. Three queries."""
    by_message: dict[int, list[Announcement]] = defaultdict(list)
    relations = ("session__edition__venue", "session__room__venue", "session__track")
    announcements = Announcement.objects.filter(message__in=messages).select_related(*relations).order_by("pk")
    for row in announcements:
        by_message[row.message_id or 0].append(row)
    people = Participant.objects.with_people().in_bulk({it.participant_id for it in announcements})
    seats: dict[int, dict[int, Seat]] = defaultdict(dict)
    for seat in Seat.objects.with_people().filter(participant__in=people):
        seats[seat.participant_id][seat.session_id] = seat
    for number, message in messages.items():
        rows = by_message[number]
        if person := next((people.get(it.participant_id) for it in rows), None):
            yield Statement(
                message,
                person,
                theirs=[it.session for it in rows if it.is_theirs and not it.is_repeat],
                not_theirs=[it.session for it in rows if not it.is_theirs],
                known=[it.session for it in rows if it.is_theirs and it.is_repeat],
                seats=seats[person.pk],
            )


def promoted_again(statement: Statement) -> Message | None:
    """Compose it again about what is still theirs, without who else moved and what else they waited for: neither is stored."""
    then = [seat for session in statement.theirs if (seat := statement.seat_then(session))]
    seats = [seat for seat in then if seat.is_held and seat.is_promoted]
    promotions = [Promotion(it, [] if number else statement.given_up, []) for number, it in enumerate(seats)]
    return written_promotions(promotions, is_again=True) if promotions else None


def assigned_again(statement: Statement) -> Message | None:
    for session in statement.theirs:
        seat = statement.seat_then(session)
        if seat and seat.is_held and seat.assigned_by_id:
            return emails.written_to(
                statement.participant,
                "seat_assigned",
                session=session,
                is_again=True,
                given_up=titles(statement.given_up),
                enters=[session],
                leaves=statement.given_up,
            )
    return None


def offered_again(statement: Statement) -> Message | None:
    for session in statement.not_theirs:
        seat = statement.seat_then(session)
        if seat and seat.offered_at:
            held = [it.session for it in statement.seats.values() if it.is_held and overlap(it, seat)]
            return written_offer(Offer(seat, held)) if held else None
    return None


def clash_again(statement: Statement) -> Message | None:
    """Compose it again while the two sessions are still at the same time."""
    for lost, kept_session in zip(statement.not_theirs, statement.known, strict=False):
        if statement.holds(kept_session) and not statement.holds(lost) and overlap(lost, kept_session):
            return written_clash(statement.participant, lost, kept_session, was_held=True)
    return None


def removed_again(statement: Statement) -> Message | None:
    """Copy the text, which alone has the organiser's reason, without the calendar file: there is no entry to remove."""
    message = statement.message
    if any(statement.holds(it) for it in statement.not_theirs):
        return None
    again = queue.message_of(
        subject=message.subject,
        text=message.text,
        to=statement.participant.user.email,
        kind=message.kind,
        user=statement.participant.user,
        context=statement.participant.edition,
        reply_to=message.reply_to,
    )
    again.leaves_at = message.leaves_at
    again.records = [announcement(statement.participant, it, is_theirs=False) for it in statement.not_theirs]
    return again


AGAIN = {  # kinds that are written again
    "seat_promoted": promoted_again,
    "seat_assigned": assigned_again,
    "seat_offered": offered_again,
    "seat_clash": clash_again,
    "seat_removed": removed_again,
}
