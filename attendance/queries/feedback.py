"""Which sessions people can give feedback on now, and who of those who were there has still to be asked (decision 76)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import Exists, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from attendance.models import Attendance, FeedbackEmail, FeedbackGiven, FeedbackTally
from attendance.models.actual_time import end_of
from attendance.models.attendance import AttendanceQuerySet
from attendance.queries.sessions import attended_sessions
from attendance.rules.feedback import MAY_ANSWER, asks_at, closes_on
from attendance.wording import times_of
from programme.models import Edition, FeedbackSet, Participant, Session
from programme.rules.local_times import local_day
from programme.rules.session_feedback import MOST_DAYS, FeedbackQuestion, questions_of
from udtacademy.db.prepared import Parameter, prepared

OLDEST = dt.timedelta(days=MOST_DAYS + 2)  # with slack for time zones
STATUSES = [it.value for it in MAY_ANSWER]


@dataclass(frozen=True)
class AskedSession:
    """A session that people are asked about. `closes_on`: the last day to answer, in the edition's zone."""

    session: Session
    questions: Sequence[FeedbackQuestion]
    closes_on: dt.date

    def is_open(self, now: dt.datetime) -> bool:
        return times_of(self.session).has_ended(now) and local_day(now, self.session.edition.zone) <= self.closes_on


def those_there() -> AttendanceQuerySet:
    """Return the attendance of registered people who were at sessions, wholly or partly, that are asked about."""
    own = FeedbackSet.objects.filter(session=OuterRef("session"))
    usual = FeedbackSet.objects.usual().filter(edition=OuterRef("edition"))
    rows = Attendance.objects.filter(status__in=STATUSES, participant__state=Participant.State.REGISTERED)
    rows = rows.filter(session__is_published=True).exclude(session__status=Session.Status.CANCELLED)
    return (
        rows.exclude(session__format=Session.Format.BREAK)
        .annotate(
            open_days=Coalesce(Subquery(own.values("open_days")[:1]), Subquery(usual.values("open_days")[:1])),
            questions=Coalesce(
                Subquery(own.values("questions")[:1]),
                Subquery(usual.values("questions")[:1]),
                output_field=JSONField(),
            ),
            fixed_on=Subquery(FeedbackTally.objects.filter(session=OuterRef("session")).values("closes_on")[:1]),
        )
        .exclude(open_days=None)
        .exclude(questions=[])
    )


def has_answered() -> Exists:
    return Exists(FeedbackGiven.objects.filter(participant=OuterRef("participant"), session=OuterRef("session")))


def was_sent(kind: FeedbackEmail.Kind) -> Exists:
    sent = FeedbackEmail.objects.filter(participant=OuterRef("participant"), session=OuterRef("session"), kind=kind)
    return Exists(sent)


def session_of(row: Attendance) -> AskedSession | None:
    """Return the session of a row of `those_there`, with its questions; None if it has no day."""
    values: Any = row  # as annotated
    session: Session = row.session
    if (day := session.local_day) is None:
        return None
    return AskedSession(session, questions_of(values.questions), values.fixed_on or closes_on(day, values.open_days))


def own_unanswered(participant: Participant, now: dt.datetime) -> list[AskedSession]:
    """Return the sessions that somebody can give feedback on and has not, the first to close first. One query."""
    rows = _unanswered(participant=participant.pk, now=now, since=now - OLDEST)
    asked = with_sessions(rows, participant.edition)
    return sorted((it for it in asked if it.is_open(now)), key=lambda it: (it.closes_on, it.session.pk))


@prepared
def _unanswered() -> AttendanceQuerySet:
    rows = those_there().filter(~has_answered(), participant=Parameter("participant"))
    ended = rows.alias(ended_at=end_of("session__")).filter(
        ended_at__lte=Parameter("now"), ended_at__gt=Parameter("since")
    )
    return ended.select_related("session__actual_time").order_by()


def with_sessions(rows: Iterable[Attendance], edition: Edition) -> list[AskedSession]:
    """Return the sessions of rows of `those_there`, with their questions, in the edition."""
    asked = []
    for row in rows:
        row.session.edition = edition
        asked.append(session_of(row))
    return [it for it in asked if it]


def asked_of(participant: Participant, session: Session) -> AskedSession | None:
    """Return what somebody is asked about a session; None if they were not there, or nothing is asked. Two queries.

    Once somebody has answered, the questions stay as they were.
    """
    rows = those_there().filter(participant=participant, session=session).select_related("session__actual_time")
    asked = next(iter(with_sessions(rows, session.edition)), None)
    if asked is None:
        return None
    tally = FeedbackTally.objects.filter(session=session).only("questions").first()
    return AskedSession(asked.session, questions_of(tally.questions), asked.closes_on) if tally else asked


def sets_of(edition: Edition) -> dict[int | None, FeedbackSet]:
    """Return the sets of questions of an edition by their session's primary key, None for all others. One query."""
    return {it.session_id: it for it in edition.feedback_sets.order_by("pk")}


def asked_sessions(edition: Edition) -> list[AskedSession]:
    """Return the sessions of an edition that people are asked about, in the order of the programme. Three queries.

    With their questions as they are now, whatever was asked.
    """
    sets = sets_of(edition)
    if not sets:
        return []
    sessions = attended_sessions(edition).exclude(status=Session.Status.CANCELLED).select_related("actual_time")
    fixed = dict(FeedbackTally.objects.filter(edition=edition).values_list("session", "closes_on"))
    return asked_about(sessions.in_programme_order(), sets, edition, fixed)


def asked_about(
    sessions: Iterable[Session],
    sets: dict[int | None, FeedbackSet],
    edition: Edition,
    fixed: Mapping[int, dt.date] = MappingProxyType({}),
) -> list[AskedSession]:
    """Return those of the sessions that are asked about, by the sets of their edition. No query.

    `fixed`: the last day to answer where somebody has answered, by the session's primary key.
    """
    asked = []
    for session in sessions:
        session.edition = edition
        chosen, day = sets.get(session.pk) or sets.get(None), session.local_day
        if chosen and chosen.questions and day and times_of(session).ends_at:
            last = fixed.get(session.pk) or closes_on(day, chosen.open_days)
            asked.append(AskedSession(session, chosen.asked, last))
    return asked


def due_by_day(asked: Iterable[AskedSession]) -> dict[dt.datetime, list[AskedSession]]:
    """Return sessions by when people are asked about them: those of one day together, after the last of them."""
    days: dict[dt.date, list[AskedSession]] = defaultdict(list)
    for it in asked:
        assert it.session.local_day  # noqa: S101 - of `asked_about`
        days[it.session.local_day].append(it)
    return {asks_at(end for it in of_day if (end := times_of(it.session).ends_at)): of_day for of_day in days.values()}


def to_ask(sessions: Iterable[Session]) -> AttendanceQuerySet:
    """Return those who were at these sessions and are still to be asked by email: not who has answered, or gets nothing optional."""
    mutes = Q(participant__mutes_optional=True, session__is_core=False)
    rows = those_there().filter(~has_answered(), ~was_sent(FeedbackEmail.Kind.ASKED), session__in=list(sessions))
    return rows.exclude(mutes).order_by("participant", "session")


def to_remind(session: Session) -> AttendanceQuerySet:
    """Return those who were at a session, have not answered, and were not reminded yet."""
    mutes = Q(participant__mutes_optional=True, session__is_core=False)
    rows = those_there().filter(~has_answered(), ~was_sent(FeedbackEmail.Kind.REMINDED), session=session)
    return rows.exclude(mutes).order_by("participant", "session")


def n_there(sessions: Sequence[Session]) -> dict[int, int]:
    """Return how many people can answer, or could, about each session. One query."""
    counted: dict[int, int] = defaultdict(int)
    for pk in those_there().filter(session__in=sessions).order_by().values_list("session", flat=True):
        counted[pk] += 1
    return counted
