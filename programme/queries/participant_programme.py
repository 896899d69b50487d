"""What pages of somebody's own show: their part, programme and team. What is the same for everybody is read once, and kept."""

from copy import copy
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from django.db import connection
from django.db.models.base import ModelState

from programme.models import Edition, Participant, Session, User
from programme.models.edition_state import EditionState, state_of
from programme.models.seat import UP_TO_THEM
from udtacademy.db.rows import row_of

# Asked on each page of somebody's own: put into words once, and without joins, whose order PostgreSQL would look for.
OWN_PART = """
    SELECT participant.*, now.is_published, now.versions, now.changed_at, (
        SELECT name FROM programme_city WHERE id = (
            SELECT city_id FROM programme_delegation WHERE id = participant.delegation_id
        )
    ) AS city_name
    FROM programme_edition_state(%s) now JOIN programme_participant participant ON participant.edition_id = now.id
    WHERE participant.user_id = %s
"""
STATE = attrgetter("edition_id", "is_published", "versions", "changed_at")
OWN_SEATS = f"""
    SELECT session_id, state, CASE state WHEN 'waiting' THEN ({UP_TO_THEM}) END, is_promoted, moved_from_id, offered_at
    FROM programme_seat WHERE participant_id = %s
"""  # noqa: S608 - our own words
NO_SEAT = (None, None, None, None, None)
OWN_TEAM = """
    SELECT state, is_coordinator, job_title, department, (
        SELECT COALESCE(NULLIF(name, ''), email) FROM programme_user WHERE id = programme_participant.user_id
    ) AS name
    FROM programme_participant WHERE delegation_id = %s AND state IN ('registered', 'pending') ORDER BY name
"""


class Colleague(NamedTuple):
    """What a page of somebody's own says of each of their city."""

    state: str
    is_coordinator: bool
    job_title: str
    department: str
    name: str

    @property
    def is_registered(self) -> bool:
        """Else they wait for approval."""
        return self.state == Participant.State.REGISTERED


def own_part(user: User, slug: str) -> Participant | None:
    """Somebody's part in an edition, with the edition, its venue and `city_name`. One query."""
    participant = row_of(Participant, OWN_PART, [slug, user.pk])
    if participant:
        participant.user, participant.edition = user, edition_of(EditionState(*STATE(participant)))
    return participant


def edition_of(state: EditionState) -> Edition:
    """The edition with its venue, as it was in that state; the caller's own."""
    return copy(_edition(state))


def own_programme(participant: Participant) -> list[Session]:
    """The published sessions with their places, in order, as `with_seat_of` annotates them; the caller's own.

    One query for those of `own_part`, else two.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWN_SEATS, [participant.pk])
        seats = {session: seat for session, *seat in cursor}
    edition = participant.edition
    sessions = [_copied(it, edition) for it in published(edition)]
    for session in sessions:
        seat = seats.get(session.pk, NO_SEAT)
        session.own_state, session.own_position, session.own_is_promoted, session.own_moved_from_id = seat[:4]
        session.own_offered_at = seat[4]
    return sessions


def published(edition: Edition) -> list[Session]:
    """The published sessions of the edition with their places, in order. Everybody's: only to be read."""
    state = edition.state or state_of(edition.slug)
    return _published(state) if state else []


def published_session(state: EditionState, slug: str) -> Session | None:
    """A published session with its place and edition, as it was in that state; the caller's own."""
    found = next((it for it in _published(state) if it.slug == slug), None)
    return _copied(found, edition_of(state)) if found else None


def own_team(participant: Participant) -> list[Colleague]:
    """Those registered for their city, themselves included, and those who wait for approval, by name. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OWN_TEAM, [participant.delegation_id])
        return [Colleague(*row) for row in cursor]


def _copied(session: Session, edition: Edition) -> Session:
    """As `copy` would have it, which goes by way of pickling: there are some thirty for each page."""
    copied, state, kept = Session.__new__(Session), ModelState(), session._state  # noqa: SLF001 - as copying needs it
    state.__dict__.update(kept.__dict__, fields_cache=kept.fields_cache | {"edition": edition})
    copied.__dict__.update(session.__dict__, _state=state)
    return copied


@lru_cache(maxsize=16)
def _edition(state: EditionState) -> Edition:
    edition = Edition.objects.select_related("venue").get(pk=state.pk)
    edition.state = state
    return edition


@lru_cache(maxsize=16)
def _published(state: EditionState) -> list[Session]:
    """Shared by all who ask: copied before anything is written on it."""
    sessions = list(Session.objects.filter(edition=state.pk).published().with_place().in_programme_order())
    for session in sessions:
        session.version = state.digest
    return sessions
