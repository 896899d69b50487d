"""What follows from changed sessions, planned before they are saved: for seats, and what people will be told later."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.db.models import Q
from django.utils import timezone

from programme.models import Seat, Session
from programme.queries.announcements import Difference, news_to_tell
from programme.queries.seat_book import seat_book
from programme.queries.seat_effects import Effect
from programme.queries.seat_plans import Planner

Change = Callable[[Session], None]  # changes a session in memory; raises ProgrammeError where it cannot be


def sessions_after(sessions: Iterable[Session], change: Change) -> tuple[list[Session], list[Session]]:
    """Return the sessions as they would be, by their numbers, and which of them that changes. Nothing is saved."""
    present = Session.objects.with_place().filter(pk__in=[it.pk for it in sessions]).order_by("pk")
    after: list[Session] = []
    changed: list[Session] = []
    for session in present:
        before = copy.copy(session)
        change(session)
        after.append(session)
        if state_of(session) != state_of(before):
            changed.append(session)
    return after, changed


def state_of(session: Session) -> dict[str, object]:
    return {field.attname: getattr(session, field.attname) for field in session._meta.concrete_fields}


def plan_session_change(sessions: Sequence[Session]) -> list[Effect]:
    """Plan what follows for seats once the sessions are saved as they are in memory. Nothing where that changes nothing.

    All sessions of their editions are locked. Two queries; one where none of the sessions is saved yet.
    """
    saved = [it for it in sessions if it.pk]
    people = Seat.objects.filter(session__in=[it.pk for it in saved]).values("participant")
    book = seat_book({it.edition_id for it in saved}, timezone.now(), besides=Q(participant__in=people))
    agreed = book.swaps()
    book.replace_sessions(saved)
    return Planner(book).settle(agreed)


def plan_news(sessions: Sequence[Session], effects: Iterable[Effect], now: dt.datetime) -> list[Difference]:
    """Return what people will be told of the sessions once they are saved as they are in memory.

    Not those whom the e-mails of the `effects` tell of it.
    """
    announced = {(seat.participant, seat.session) for effect in effects for seat in effect.announced}
    numbers = {it.pk for it in sessions}
    return [
        it
        for edition in {it.edition for it in sessions}
        for it in news_to_tell(edition, now, changed=sessions)
        if it.session.pk in numbers and (it.participant_id, it.session.pk) not in announced
    ]
