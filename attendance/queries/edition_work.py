"""What waits for organisers about attendance in an edition, and how its core sessions were attended."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from attendance.models import Attendance, Report
from attendance.models.actual_time import end_of
from attendance.queries.sessions import attended_sessions
from attendance.queries.standing import expected_at
from attendance.rules.attendance import UNDECIDED, WAS_THERE, AttendanceStatus
from programme.models import Edition, Session
from programme.models.session_queryset import SessionQuerySet

GROUPS = {
    "there": WAS_THERE,
    "excused": frozenset({AttendanceStatus.EXCUSED, AttendanceStatus.MADE_UP}),
    "undecided": UNDECIDED,
}
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


@dataclass(frozen=True)
class CoreAttendance:
    """How the people expected at a core session attended it."""

    session: Session
    n_there: int
    n_excused: int
    n_undecided: int
    n_expected: int

    @property
    def n_missing(self) -> int:
        return self.n_expected - self.n_there - self.n_excused - self.n_undecided


def core_attendance(edition: Edition, now: dt.datetime) -> list[CoreAttendance]:
    """Return the attendance of each core session that has ended, by start: before, nothing is settled. Two queries."""
    core = attended_sessions(edition).core().select_related("actual_time").alias(ended_at=end_of())
    ended = list(core.filter(ended_at__lte=now).order_by("starts_at", "pk"))
    counts: dict[str, Count] = {}
    for session in ended:
        is_expected = Q(pk__in=expected_at(session).values("pk"))
        counts[f"expected_{session.pk}"] = Count("pk", filter=is_expected)
        for name, statuses in GROUPS.items():
            seen = Attendance.objects.filter(session=session, status__in=[it.value for it in statuses])
            counts[f"{name}_{session.pk}"] = Count("pk", filter=is_expected & Q(pk__in=seen.values("participant")))
    n = edition.participants.registered().aggregate(**counts) if ended else {}
    return [
        CoreAttendance(session, *(n[f"{name}_{session.pk}"] for name in (*GROUPS, "expected"))) for session in ended
    ]
