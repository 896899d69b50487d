"""What waits for organisers about attendance in an edition, and how its core sessions were attended."""

import datetime as dt

from django.db.models import Exists, OuterRef

from attendance.models import Report
from attendance.models.actual_time import end_of
from attendance.queries.sessions import attended_sessions
from attendance.queries.turnout import turnouts, with_n_expected
from attendance.rules.turnout import Turnout
from programme.models import Edition, Session
from programme.models.session_queryset import SessionQuerySet

REPORT_WANTED = dt.timedelta(days=30)  # after an online session


def sessions_without_report(edition: Edition, now: dt.datetime) -> SessionQuerySet:
    """Return online sessions held within 30 days of which no meeting report was applied, the latest first."""
    applied = Report.objects.applied().filter(session=OuterRef("pk"))
    held = attended_sessions(edition).exclude(status=Session.Status.CANCELLED).filter(format=Session.Format.ONLINE)
    ended = held.alias(ended_at=end_of()).filter(ended_at__lte=now, ended_at__gt=now - REPORT_WANTED)
    return ended.filter(~Exists(applied)).order_by("-starts_at")


def running_sessions(edition: Edition, now: dt.datetime) -> SessionQuerySet:
    running = attended_sessions(edition).exclude(status=Session.Status.CANCELLED)
    return running.filter(starts_at__lte=now + edition.join_opens_before, ends_at__gt=now).order_by("starts_at", "pk")


def core_attendance(edition: Edition, now: dt.datetime) -> list[tuple[Session, Turnout]]:
    """Return the turnout of each core session that has ended, by start: before, nothing is settled. Two queries."""
    core = attended_sessions(edition).core().select_related("actual_time").alias(ended_at=end_of())
    ended = list(with_n_expected(core.filter(ended_at__lte=now)).order_by("starts_at", "pk"))
    if not ended:
        return []
    counted = turnouts(ended, now, {it.pk: it.n_expected for it in ended})  # type: ignore[attr-defined]
    return [(session, counted[session.pk]) for session in ended]
