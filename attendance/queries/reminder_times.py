"""When the reminders of sessions leave: which sessions have reminders of their own, and which reminders leave together."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from attendance.rules.reminders import (
    URGENT_OFFSET,
    Coming,
    Leaving,
    Useful,
    joined,
    leaves_at,
    moved_forward,
    useful_times,
)
from programme.models import Edition, Session


def mentioned_by_first(sessions: Iterable[Session]) -> dict[int, int]:
    """Return the sessions without reminders of their own → the day's first in-person session, whose reminder mentions them.

    By primary key. Otherwise people would get three emails for each of ten sessions in one building on one day. Core
    sessions and sessions with their own offsets keep their own reminders.
    """
    first_of_day: dict[tuple[int, dt.date | None], int] = {}
    mentioned = {}
    in_person = [it for it in sessions if it.format == Session.Format.IN_PERSON and it.starts_at]
    for session in sorted(in_person, key=attrgetter("starts_at", "pk")):
        day = (session.edition_id, session.local_day)
        if day in first_of_day and not session.is_core and session.reminder_minutes is None:
            mentioned[session.pk] = first_of_day[day]
        elif not session.takes_seats and not session.is_cancelled and not session.is_tentative:
            first_of_day.setdefault(day, session.pk)
    return mentioned


def day_of(session: Session) -> list[Session]:
    """Return the other in-person sessions that a session's reminder mentions, in order."""
    if session.format != Session.Format.IN_PERSON:
        return []
    held = Session.objects.published().filter(edition=session.edition_id, starts_at__gte=session.starts_at)
    held = held.filter(format=Session.Format.IN_PERSON).exclude(status=Session.Status.CANCELLED)
    sessions = list(held.select_related("room__venue", "track").order_by("starts_at", "pk"))
    for other in sessions:
        other.edition = session.edition
    mentioned = mentioned_by_first(sessions)
    return [other for other in sessions if other.pk in mentioned and other.local_day == session.local_day]


def coming(session: Session, *, is_mentioned: bool = False) -> Coming:
    """Return a session, which has a time, as the rule needs it. If another's reminder mentions it, it has no offsets."""
    minutes = session.edition.reminder_minutes if session.reminder_minutes is None else session.reminder_minutes
    if is_mentioned:
        minutes = []
    assert session.starts_at is not None  # noqa: S101 - see above; for the type
    return Coming(
        session.starts_at,
        tuple(dt.timedelta(minutes=it) for it in minutes),
        is_core=session.is_core,
        is_cancelled=session.is_cancelled,
        is_tentative=session.is_tentative,
        is_switched_off=not session.edition.sends_reminders,
        quiet=session.edition.quiet_hours,
    )


def leaving_together(
    edition: Edition, held: Mapping[Session, Coming]
) -> Iterator[tuple[Session, Useful, dt.datetime | None]]:
    """Yield the reminders of an edition's sessions with their useful times and when they leave where the edition is.

    Those that leave within an hour leave together (`joined`).
    """
    times = {session: useful_times(it) for session, it in held.items()}
    leaving = [
        Leaving(session, useful, at, waits_at_night=useful.offset > URGENT_OFFSET)
        for session, of_session in times.items()
        for useful in of_session
        if held[session].is_reminded_of
        and (at := leaves_at(held[session], useful, edition.zone, useful.since)) is not None
    ]
    together = joined(leaving, edition.quiet_hours, edition.zone)
    at_of = {(it.session, it.useful.offset): at for it, at in zip(leaving, together, strict=True)}
    for session, of_session in times.items():
        moments = [at_of.get((session, it.offset)) for it in of_session]
        sooner = [at or it.since for at, it in zip(moments, of_session, strict=True)]
        for useful, at in zip(moved_forward(of_session, sooner), moments, strict=True):
            yield session, useful, at
