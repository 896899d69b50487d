"""The programme of an edition as one participant has it."""

from copy import copy
from functools import lru_cache

from programme.models import Participant, Session
from programme.models.edition_state import EditionState, state_of


def own_programme(participant: Participant) -> list[Session]:
    """The published sessions with their places, in order, as `with_seat_of` annotates them.

    Two queries. What is the same for everybody is read once and kept while the edition is as it was; the sessions are
    the caller's own.
    """
    edition = participant.edition
    seats = {it.session_id: it for it in participant.seats.with_position()}
    state = state_of(edition.slug)
    sessions = [copy(it) for it in _published(state)] if state else []
    for session in sessions:
        seat = seats.get(session.pk)
        session.edition = edition
        session.own_state = seat.state if seat else None
        session.own_position = seat.position if seat else None
        session.own_is_promoted = seat.is_promoted if seat else None
        session.own_moved_from_id = seat.moved_from_id if seat else None
    return sessions


@lru_cache(maxsize=16)
def _published(state: EditionState) -> list[Session]:
    """Shared by all who ask: copied before anything is written on it."""
    sessions = list(Session.objects.filter(edition=state.pk).published().with_place().in_programme_order())
    for session in sessions:
        session.version = state.digest
    return sessions
