"""When people can join an online session, and when the door accepts scans."""

import datetime as dt

from attendance.queries.attendance_records import terms_of
from attendance.rules.attendance import EvidenceKind, is_near
from attendance.rules.check_in import DOOR_OPENS_BEFORE
from programme.models import Session
from programme.rules.windows import Window, window


def join_window(session: Session, now: dt.datetime) -> Window:
    """Return whether joining is open: from some minutes before the start until the end."""
    return window_of(session, session.edition.join_opens_before, now)


def can_be_nudged(session: Session, now: dt.datetime) -> bool:
    """Return whether people who are missing can be emailed: from the start until the end, as before nobody is missing."""
    return not session.is_cancelled and window_of(session, dt.timedelta(), now) is Window.OPEN


def door_window(session: Session, now: dt.datetime) -> Window:
    """Return whether the door accepts scans: from an hour before the start until the end."""
    return window_of(session, DOOR_OPENS_BEFORE, now)


def is_door_open(session: Session, moment: dt.datetime) -> bool:
    """Return whether people scanned at that moment can be checked in."""
    return not session.is_cancelled and door_window(session, moment) is Window.OPEN


def door_closes_at(session: Session) -> dt.datetime | None:
    """Return when the door stops accepting scans; None if the session has no time."""
    times = outer_times(session)
    return times[1] if times else None


def window_of(session: Session, opens_before: dt.timedelta, now: dt.datetime) -> Window:
    """Return the state of a window around the earlier and the later of the planned and actual times."""
    times = outer_times(session)
    return window(times[0] - opens_before, times[1], now) if times else Window.UNKNOWN


def outer_times(session: Session) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the earlier start and the later end of the planned and actual times; None without times."""
    actual = terms_of(session).window
    if session.starts_at is None or session.ends_at is None or actual is None:
        return None
    return min(session.starts_at, actual[0]), max(session.ends_at, actual[1])


def can_be_joined(session: Session, now: dt.datetime) -> bool:
    """Return whether the session's meeting is open to people who take part in it."""
    return bool(session.meeting_url) and not session.is_cancelled and join_window(session, now) is Window.OPEN


def counts_for(session: Session, kind: EvidenceKind, moment: dt.datetime) -> bool:
    """Return whether a person seen at that moment counts for the session's present times.

    A click on Join does if joining was open at that moment by these times: one from before the session moved does not.
    """
    if kind is EvidenceKind.JOIN:
        return join_window(session, moment) is Window.OPEN
    return is_near(moment, terms_of(session))
