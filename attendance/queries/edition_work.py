"""What waits for organisers about attendance in an edition, and how its core sessions were attended."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from attendance.models import Report
from attendance.models.actual_time import end_of
from attendance.queries.sessions import attended_sessions
from attendance.queries.turnout import turnouts, with_n_expected
from attendance.rules.turnout import Turnout
from attendance.wording import times_of
from programme.models import Edition, Session

REPORT_WANTED = dt.timedelta(days=30)  # after an online session


def recent_sessions(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the sessions that are on, about to begin, or ended in the last REPORT_WANTED, the latest first. One query.

    Annotated with `has_report`: whether a meeting report was applied.
    """
    applied = Report.objects.applied().filter(session=OuterRef("pk"))
    held = attended_sessions(edition).exclude(status=Session.Status.CANCELLED).alias(ended_at=end_of())
    recent = held.filter(starts_at__lte=now + edition.join_opens_before, ended_at__gt=now - REPORT_WANTED)
    sessions = list(
        recent.select_related("settled", "actual_time").annotate(has_report=Exists(applied)).order_by("-ended_at", "pk")
    )
    for session in sessions:
        session.edition = edition
    return sessions


def running(sessions: Iterable[Session], now: dt.datetime) -> list[Session]:
    """Return the recent sessions that are on or about to begin, by their planned times, the first first."""
    on = [it for it in sessions if it.starts_at and it.ends_at and it.ends_at > now]
    return sorted(on, key=lambda it: (it.starts_at, it.pk))


def without_report(sessions: Iterable[Session], now: dt.datetime) -> list[Session]:
    """Return the recent online sessions that are over and have no report."""
    online = (it for it in sessions if it.format == Session.Format.ONLINE and times_of(it).has_ended(now))
    return [it for it in online if not it.has_report]  # type: ignore[attr-defined]


def core_attendance(edition: Edition, now: dt.datetime) -> list[tuple[Session, Turnout]]:
    """Return the turnout of each core session that has ended, by start: before, nothing is settled. Two queries."""
    core = attended_sessions(edition).core().select_related("actual_time").alias(ended_at=end_of())
    ended = list(with_n_expected(core.filter(ended_at__lte=now)).order_by("starts_at", "pk"))
    if not ended:
        return []
    counted = turnouts(ended, now, {it.pk: it.n_expected for it in ended})  # type: ignore[attr-defined]
    return [(session, counted[session.pk]) for session in ended]
