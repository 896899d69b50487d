"""Sessions that people attend, those with a door, and whether a session is for a participant."""

import datetime as dt

from attendance.models.actual_time import held_at
from attendance.rules.check_in import DOOR_OPENS_BEFORE
from programme.models import Edition, Participant, Session
from programme.models.session_queryset import SessionQuerySet
from programme.rules.local_times import local_day
from programme.rules.windows import Window, window


def attended_sessions(edition: Edition) -> SessionQuerySet:
    """Return the edition's sessions that people can attend, each with this edition."""
    return attended(edition.sessions.all())


def attended(sessions: SessionQuerySet) -> SessionQuerySet:
    """Return the sessions that are published and are not breaks."""
    return sessions.published().exclude(format=Session.Format.BREAK)


def has_door(session: Session) -> bool:
    """Return whether people are checked in at a session: only where one is held in person is there a door of ours."""
    return session.format == Session.Format.IN_PERSON


def sessions_in_person(edition: Edition) -> list[Session]:
    """Return the sessions with a door that have a time, with place and actual time, in order; no cancelled ones."""
    held = attended_sessions(edition).timed().filter(format=Session.Format.IN_PERSON)
    held = held.exclude(status=Session.Status.CANCELLED).with_place().select_related("actual_time")
    sessions = list(held.in_programme_order())
    for session in sessions:
        session.edition = edition
    return sessions


def has_begun(session: Session, now: dt.datetime) -> bool:
    """Return whether a session has begun: by its times, else by its day in the edition's zone; never if that is unknown."""
    starts_at = held_at(session).starts_at
    if starts_at:
        return starts_at <= now
    return session.held_on is not None and session.held_on <= local_day(now, session.edition.zone)


def has_seat(participant: Participant, session: Session) -> bool:
    """Return whether the session is for this person: it needs no seat, or they have one."""
    return not session.takes_seats or participant.seats.held().filter(session=session).exists()


def sessions_at(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the sessions in person of the day in the edition's zone, in order, and those open over midnight."""
    today = local_day(now, edition.zone)
    sessions = []
    for session in sessions_in_person(edition):
        opens_at = session.starts_at and session.starts_at - DOOR_OPENS_BEFORE
        if session.local_day == today or window(opens_at, session.ends_at, now) is Window.OPEN:
            sessions.append(session)
    return sessions
