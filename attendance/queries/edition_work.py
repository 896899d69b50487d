"""What waits for organisers about attendance in an edition, and how its core sessions were attended."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, Subquery

from attendance.models import Report
from attendance.queries.planned_emails import sessions_with_emails
from attendance.queries.turnout import turnouts, with_n_expected
from attendance.rules.turnout import Turnout
from attendance.wording import times_of
from programme.models import Edition, Session

REPORT_WANTED = dt.timedelta(days=30)  # after an online session


def sessions_of_overview(edition: Edition, now: dt.datetime) -> list[Session]:
    """Return the published sessions that people attend, by start, for tasks, charts and planned emails. One query.

    Annotated as by `sessions_with_emails`; with `has_report`: whether a meeting report was applied; `fetched_report`: one
    that came from the platform and is not applied; and, for core sessions that have ended, with `n_expected`.
    """
    reports = Report.objects.filter(session=OuterRef("pk"))
    fetched = reports.filter(uploaded_by=None, state=Report.State.READ).order_by("-pk").values("pk")[:1]
    sessions = sessions_with_emails(edition).annotate(
        has_report=Exists(reports.applied()), fetched_report=Subquery(fetched)
    )
    return list(with_n_expected(sessions, Q(is_core=True, ended_at__lte=now)))


def recent_sessions(sessions: Iterable[Session], now: dt.datetime) -> list[Session]:
    """Return those of the sessions that are on, about to begin, or ended in the last REPORT_WANTED, the latest first."""
    recent = []
    for session in sessions:
        ends_at = times_of(session).ends_at
        has_begun = session.starts_at and session.starts_at <= now + session.edition.join_opens_before
        if has_begun and ends_at and ends_at > now - REPORT_WANTED and not session.is_cancelled:
            recent.append((ends_at, session))
    return [session for _ends_at, session in sorted(recent, key=lambda it: it[0], reverse=True)]


def running(sessions: Iterable[Session], now: dt.datetime) -> list[Session]:
    """Return the recent sessions that are on or about to begin, by their planned times, the first first."""
    on = [it for it in sessions if it.starts_at and it.ends_at and it.ends_at > now]
    return sorted(on, key=lambda it: (it.starts_at, it.pk))


def without_report(sessions: Iterable[Session], now: dt.datetime) -> list[Session]:
    """Return the recent online sessions that are over and have no report."""
    online = (it for it in sessions if it.format == Session.Format.ONLINE and times_of(it).has_ended(now))
    return [it for it in online if not it.has_report]  # type: ignore[attr-defined]


def with_fetched_report(sessions: Iterable[Session]) -> list[tuple[Session, int]]:
    """Return the sessions of which a report came from the platform and waits, each with that report's primary key."""
    return [(it, it.fetched_report) for it in sessions if it.fetched_report]  # type: ignore[attr-defined]


def core_attendance(sessions: Iterable[Session], now: dt.datetime) -> list[tuple[Session, Turnout]]:
    """Return the turnout of each core session that has ended: before, nothing is settled. One query; none if there is none."""
    ended = [it for it in sessions if it.is_core and not it.is_cancelled and times_of(it).has_ended(now)]
    if not ended:
        return []
    counted = turnouts(ended, now, {it.pk: it.n_expected for it in ended})  # type: ignore[attr-defined]
    return [(session, counted[session.pk]) for session in ended]
