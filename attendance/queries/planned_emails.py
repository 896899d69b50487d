"""Emails about attendance that will leave by themselves, and how many people will get them as things stand."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Count, Exists, Min, OuterRef, Value

from attendance.models import Report
from attendance.queries.chasers import CHASED_AFTER
from attendance.queries.reminders import FACTS, Round, candidates, rounds_of
from attendance.queries.sessions import attended_sessions
from attendance.rules.reminders import answer
from attendance.wording import times_of
from programme.models import Edition, Session
from programme.models.session_queryset import SessionQuerySet

MONDAY = 0


def sessions_with_emails(edition: Edition) -> SessionQuerySet:
    """Return the published sessions by start, annotated with `has_waiting_report`: whether a report is not applied."""
    waiting = Report.objects.filter(session=OuterRef("pk"), state=Report.State.READ)
    sessions = attended_sessions(edition).select_related("settled", "actual_time", "room__venue", "track")
    return sessions.annotate(has_waiting_report=Exists(waiting)).order_by("starts_at", "pk")


def planned_reminders(sessions: Sequence[Session], now: dt.datetime) -> Iterator[Round]:
    """Yield the reminders still to leave where the edition is, without those that a session's state forbids for everybody."""
    for reminder_round in rounds_of([it for it in sessions if it.starts_at], now):
        if reminder_round.leaves_at and reminder_round.leaves_at > now:
            yield reminder_round


def planned_chasers(sessions: Sequence[Session], now: dt.datetime) -> Iterator[tuple[dt.datetime, Session]]:
    """Yield the core sessions, over or to come, whose missing people are still to be emailed, with when that is due."""
    for session in sessions:
        ends_at = times_of(session).ends_at
        if session.is_core and not session.is_cancelled and ends_at and not hasattr(session, "settled"):
            due_at = ends_at + CHASED_AFTER
            if due_at > now:
                yield due_at, session


def next_digest(edition: Edition, sessions: Sequence[Session], now: dt.datetime, hour: int) -> dt.datetime | None:
    """Return the next Monday, at `hour` in the edition's zone, after its first core session; None once it is over."""
    core = [it.starts_at for it in sessions if it.is_core and it.starts_at]
    if not core:
        return None
    first = max(now, min(core)).astimezone(edition.zone)
    day = first.date() + dt.timedelta(days=(MONDAY - first.weekday()) % 7)
    at = dt.datetime.combine(day, dt.time(hour), edition.zone)
    if at < first:
        at = dt.datetime.combine(day + dt.timedelta(days=7), dt.time(hour), edition.zone)
    return at if at.date() <= edition.last_on else None


def n_readers(rounds: Sequence[Round]) -> list[int]:
    """Return how many people will get each reminder, by the facts as they are now. One query."""
    groups = [
        candidates(it)
        .values(*FACTS, *it.zone_fact)
        .annotate(n=Count("pk"), first_at=Min("state_at"), number=Value(number))
        .order_by()
        for number, it in enumerate(rounds)
    ]
    n_people = [0] * len(rounds)
    if not groups:
        return n_people
    for row in groups[0].union(*groups[1:], all=True):
        reminder_round = rounds[row["number"]]
        planned = answer(
            reminder_round.held, reminder_round.recipient(row), reminder_round.useful, reminder_round.useful.since
        )
        n_people[row["number"]] += 0 if planned.reason and not planned.waits_for_morning else row["n"]
    return n_people
