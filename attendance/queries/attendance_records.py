"""The records about people and sessions from which attendance follows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from attendance.models import Decision, Evidence, Excuse, Report
from attendance.models.actual_time import held_at
from attendance.rules.attendance import (
    ClickRule,
    DecidedOutcome,
    EvidenceKind,
    Finding,
    Observation,
    Terms,
    attendance,
)
from programme.models import Session
from udtacademy.db.prepared import Parameter, prepared

# What attendance follows from, and who may come. Each scan and click reads it under its lock: a fifth of all columns.
JUDGED_BY = (
    *("edition", "starts_at", "ends_at", "held_on", "status", "format", "track", "meeting_url"),
    *("edition__attendance_share", "edition__late_tolerance_minutes", "edition__click_counts"),
    *("edition__join_opens_minutes", "actual_time__session", "actual_time__starts_at", "actual_time__ends_at"),
)

Cell = tuple[int, int]  # primary keys of a session and a participant


def terms_of(session: Session, *, is_reported: bool = False) -> Terms:
    """Return the terms of attendance of `session`. Select `edition` and `actual_time` with several.

    `is_reported`: whether a report of the whole session has been applied (`reported`).
    """
    when = held_at(session)
    return Terms(
        window=(when.starts_at, when.ends_at) if when.starts_at and when.ends_at else None,
        share=session.edition.attendance_share / 100,
        late_tolerance=session.edition.late_tolerance,
        clicks_count=ClickRule(session.edition.click_counts).counts(is_reported=is_reported),
        join_opens_before=session.edition.join_opens_before,
    )


def reported(sessions: Iterable[int]) -> set[int]:
    """Return the sessions, by primary key, for which a report of the whole session has been applied. One query."""
    applied = Report.objects.applied().whole().filter(session__in=list(sessions)).order_by()
    return {session for session in applied.values_list("session", flat=True) if session}


@dataclass(frozen=True)
class Records:
    """Everything recorded about some cells."""

    sessions: Mapping[int, Session]  # with `edition` and `actual_time`, and no more fields than JUDGED_BY
    terms: Mapping[int, Terms]  # by session
    seen: Mapping[Cell, Sequence[Observation]]
    decisions: Mapping[Cell, DecidedOutcome]
    excuses: Mapping[Cell, DecidedOutcome]

    def finding(self, cell: Cell, more: Sequence[Observation] = ()) -> Finding:
        """Return the attendance of a cell, or what it would be if `more` were recorded too."""
        return attendance(
            [*self.seen.get(cell, ()), *more],
            self.terms[cell[0]],
            decision=self.decisions.get(cell),
            excuse=self.excuses.get(cell),
        )


def records_of(cells: Iterable[Cell]) -> Records:
    """Return everything recorded about the cells. Four queries, however many cells."""
    cells = list(cells)
    sessions = {session for session, _participant in cells}
    about = Q(is_of_any(participant for _session, participant in cells), session__in=sessions)
    return _records(_sessions(Q(pk__in=sessions)), _observations(about), _decisions(about), _excuses(about))


def records_of_cell(session: int, participant: int) -> Records:
    """Return everything recorded about one cell. Four prepared queries: each scan and click asks them under its lock."""
    about = {"session": session, "participant": participant}
    return _records(
        _session_of_cell(session=session),
        _observations_of_cell(**about),
        _decisions_of_cell(**about),
        _excuses_of_cell(**about),
    )


def _records(
    sessions: Iterable[Session],
    observations: Iterable[tuple[int, int, str, dt.datetime, dt.datetime | None]],
    decisions: Iterable[tuple[int, int, str]],
    excuses: Iterable[tuple[int, int, str]],
) -> Records:
    judged = {session.pk: session for session in sessions}
    terms = {pk: terms_of(it, is_reported=it.is_reported) for pk, it in judged.items()}  # type: ignore[attr-defined]
    seen: dict[Cell, list[Observation]] = defaultdict(list)
    for session, participant, kind, since, until in observations:
        seen[session, participant].append(Observation(EvidenceKind(kind), since, until))
    decided = {(session, participant): DecidedOutcome(outcome) for session, participant, outcome in decisions}
    excused = {
        (session, participant): DecidedOutcome.EXCUSED if kind == Excuse.Kind.EXCUSE else DecidedOutcome.MADE_UP
        for session, participant, kind in excuses
    }
    return Records(judged, terms, seen, decided, excused)


def _sessions(which: Q) -> QuerySet[Session]:
    whole = Report.objects.applied().whole().filter(session=OuterRef("pk")).order_by()
    sessions = Session.objects.filter(which).order_by().select_related("edition", "actual_time")
    return sessions.only(*JUDGED_BY).annotate(is_reported=Exists(whole))


def _observations(about: Q) -> QuerySet[Evidence, tuple[int, int, str, dt.datetime, dt.datetime | None]]:
    fields = ("session", "participant", "kind", "observed_at", "ended_at")
    return Evidence.objects.effective().filter(about).order_by().values_list(*fields)


def _decisions(about: Q) -> QuerySet[Decision, tuple[int, int, str]]:
    return Decision.objects.filter(about).current().values_list("session", "participant", "outcome")


def _excuses(about: Q) -> QuerySet[Excuse, tuple[int, int, str]]:
    approved = Excuse.objects.approved().filter(about).exclude(kind=Excuse.Kind.CORRECTION)  # that is a decision
    return approved.order_by("decided_at").values_list("session", "participant", "kind")


ONE_CELL = Q(session=Parameter("session"), participant=Parameter("participant"))
_session_of_cell = prepared(lambda: _sessions(Q(pk=Parameter("session"))))
_observations_of_cell = prepared(lambda: _observations(ONE_CELL))
_decisions_of_cell = prepared(lambda: _decisions(ONE_CELL))
_excuses_of_cell = prepared(lambda: _excuses(ONE_CELL))


def is_of_any(participants: Iterable[int]) -> Func:
    """Return a filter for rows about any of the participants. One array parameter, whose length the planner ignores.

    PostgreSQL looks it up by hash. A subquery might be joined row by row, thousands with thousands.
    """
    numbers = Value(sorted(set(participants)), output_field=ArrayField(BigIntegerField()))
    return Func(
        F("participant"), numbers, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )
