"""Plan what follows from changed sessions before they are saved: for seats, and the news for participants."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.models import Seat, Session
from programme.queries.announcements import Difference, news_to_tell
from programme.queries.seat_book import seat_book
from programme.queries.seat_effects import SeatEffect
from programme.queries.seat_plans import Planner

SessionEdit = Callable[[Session], None]  # changes a session in memory; raises ProgrammeError if not possible


def sessions_after(sessions: Iterable[Session], change: SessionEdit) -> tuple[list[Session], list[Session]]:
    """Return the sessions as changed in memory, in order of primary key, and those of them that differ. Saves nothing."""
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


def plan_session_change(sessions: Sequence[Session]) -> list[SeatEffect]:
    """Plan what follows for seats once the sessions are saved as they are in memory.

    Needs the locks of their editions' sessions. Two queries; one if none of the sessions is saved yet.
    """
    saved = [it for it in sessions if it.pk]
    people = Seat.objects.filter(session__in=[it.pk for it in saved]).values("participant")
    book = seat_book({it.edition_id for it in saved}, timezone.now(), besides=Q(participant__in=people))
    agreed = book.swaps()
    book.replace_sessions(saved)
    return Planner(book).settle(agreed)


def plan_news(sessions: Sequence[Session], effects: Iterable[SeatEffect], now: dt.datetime) -> list[Difference]:
    """Return the news about the sessions once they are saved as they are in memory.

    Leaves out what the emails of the `effects` announce.
    """
    announced = {(seat.participant, seat.session) for effect in effects for seat in effect.announced}
    numbers = {it.pk for it in sessions}
    return [
        difference
        for edition in {session.edition for session in sessions}
        for difference in news_to_tell(edition, now, changed=sessions)
        if difference.session.pk in numbers and (difference.participant_id, difference.session.pk) not in announced
    ]


def check_without_seats(session: Session) -> None:
    """Raise ProgrammeError if people have seats in the session. Needs the lock of its edition's sessions."""
    if session.seats.exists():
        text = _(
            "People have seats in “%(session)s” or are on its waiting list. Cancel it instead, so that they are told."
        )
        raise ProgrammeError(text % {"session": session}, code="session_with_seats")
