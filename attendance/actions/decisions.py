"""Organisers' decisions about one or many people and sessions, and undoing them."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import wording
from attendance.actions.attendances import Grounds, cell_of, recompute, refuse
from attendance.actions.certificates import revoke_all
from attendance.actions.locks import lock_attendances, lock_with_grounds
from attendance.models import Attendance, Decision
from attendance.models.decision import DecisionQuerySet
from attendance.queries.attendance_records import Cell
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

Outcome = Decision.Outcome
QuerySetT = TypeVar("QuerySetT", bound="models.QuerySet[Any]")
Cells = set[Cell]


class ChangedMeanwhileError(ProgrammeError):
    """Cells have changed since they were shown. `changes`: each with its last decision, if any."""

    def __init__(self, changes: Sequence[tuple[Attendance, Decision | None]]) -> None:
        super().__init__(
            _("This has changed since you opened the page. Check what is recorded now, then decide again."),
            code="changed_meanwhile",
        )
        self.changes = changes


def seen_state(attendance: Attendance | None, decision: Decision | None) -> str:
    """Return a token for the state that a form was made from: the last decision and the status."""
    return f"{decision.pk if decision else 0}-{attendance.status if attendance else ''}"


@dataclass(frozen=True)
class Recorded:
    """What is recorded about a cell: its attendance and the last decision, if any."""

    attendance: Attendance | None
    decision: Decision | None

    @property
    def seen(self) -> str:
        return seen_state(self.attendance, self.decision)


def recorded_in(cells: Iterable[tuple[Participant, Session]]) -> dict[Cell, Recorded]:
    """Return what is recorded about each cell. Two queries."""
    keys = {(session.pk, participant.pk) for participant, session in cells}
    rows = {cell_of(it): it for it in about(keys, Attendance.objects.all())}
    decisions = {cell_of(it): it for it in about(keys, with_by()).current()}
    return {key: Recorded(rows.get(key), decisions.get(key)) for key in keys}


@transaction.atomic
def decide(
    *,
    cells: Iterable[tuple[Participant, Session]],
    outcome: str,
    reason: str,
    by: User,
    seen: Mapping[Cell, str] | None = None,
    revokes: Collection[int] = (),
) -> tuple[uuid.UUID, int]:
    """Decide about each person and session. Return the batch, by which it can be undone, and how many decisions it
    made.

    A cell already decided in the same way gets no new decision. `seen`: the state of each cell that the decision was
    made from (`Recorded.seen`). `revokes`: certificates, by primary key, to revoke for the same reason if they rest on what changes.
    Raises ProgrammeError without a reason, ChangedMeanwhileError if a cell has changed, and CertificateAtStakeError of the others.
    """
    reason = reason.strip()
    if not reason:
        raise ProgrammeError(_("Enter a reason."), code="reason_missing")
    attendances = lock_with_grounds(cells, revokes)
    keys = {cell_of(attendance) for attendance in attendances}
    current_decisions = {cell_of(decision): decision for decision in about(keys, with_by()).current()}
    if changes := changes_since(seen, attendances, current_decisions, outcome) if seen is not None else []:
        raise ChangedMeanwhileError(changes)
    outcomes = {cell: decision.outcome for cell, decision in current_decisions.items()}
    batch, before = uuid.uuid4(), statuses_now(attendances)
    made = [
        as_decision(attendance, outcome=outcome, reason=reason, by=by, before=before[cell_of(attendance)], batch=batch)
        for attendance in attendances
        if outcomes.get(cell_of(attendance), Outcome.LIFTED) != outcome
    ]
    _add(made, attendances, by, partial(revoke_all, shown=revokes, reason=reason, by=by))
    return batch, len(made)


def changes_since(
    seen: Mapping[Cell, str], attendances: Iterable[Attendance], decisions: Mapping[Cell, Decision], outcome: str
) -> list[tuple[Attendance, Decision | None]]:
    """Return the cells that are not as they were seen, with the last decision; not those decided in the same way."""
    rows = [(it, decisions.get(cell_of(it))) for it in attendances]
    return [
        (attendance, decision)
        for attendance, decision in rows
        if seen.get(cell_of(attendance)) != seen_state(attendance, decision)
        and not (decision is not None and decision.outcome == outcome)
    ]


@transaction.atomic
def undo(*, batch: uuid.UUID, by: User) -> tuple[int, int]:
    """Undo a batch of decisions: the decision before each counts again, else the evidence.

    Return how many were undone, and how many stay because there is a later decision. Undoing again changes nothing. Raises
    CertificateAtStakeError.
    """
    batch_decisions = Decision.objects.filter(batch=batch).select_related("participant", "session")
    taken = {cell_of(decision): decision for decision in batch_decisions}
    attendances = lock_attendances((decision.participant, decision.session) for decision in taken.values())
    by_cell: dict[Cell, list[Decision]] = defaultdict(list)
    for decision in about(set(taken), Decision.objects.all()).latest_first():
        by_cell[cell_of(decision)].append(decision)
    before = statuses_now(attendances)
    in_force = {cell: still_in_force(by_cell[cell]) for cell in taken}
    made = [
        as_decision(
            attendance,
            outcome=next((earlier.outcome for earlier in in_force[cell_of(attendance)][1:]), Outcome.LIFTED),
            reason=_("Undone: %(reason)s") % {"reason": taken[cell_of(attendance)].reason},
            by=by,
            before=before[cell_of(attendance)],
            batch=undoing_of(batch),
        )
        for attendance in attendances
        if [last.batch for last in in_force[cell_of(attendance)][:1]] == [batch]
    ]
    _add(made, attendances, by)
    return len(made), sum(batch in {earlier.batch for earlier in decisions[1:]} for decisions in in_force.values())


def statuses_now(attendances: Iterable[Attendance]) -> dict[Cell, str]:
    """Return the current statuses by cell; before a session's end evidence means only "here so far"."""
    rows, now = list(attendances), timezone.now()
    sessions = Session.objects.select_related("actual_time").in_bulk({it.session_id for it in rows})
    times = {pk: wording.times_of(session) for pk, session in sessions.items()}
    return {cell_of(it): wording.status_of(it, times[it.session_id], None, now).value for it in rows}


def undoing_of(batch: uuid.UUID) -> uuid.UUID:
    """Return the batch that undoes another: always the same one, so that it happens once."""
    return uuid.uuid5(batch, "undone")


def still_in_force(decisions: list[Decision]) -> list[Decision]:
    """Return the decisions about one cell that were not undone and undo none, in the order given."""
    batches = {decision.batch for decision in decisions}
    undoings = {undoing_of(decision.batch) for decision in decisions}
    return [
        decision
        for decision in decisions
        if decision.batch not in undoings and undoing_of(decision.batch) not in batches
    ]


def with_by() -> DecisionQuerySet:
    return Decision.objects.select_related("by")


def about(cells: Cells, rows: QuerySetT) -> QuerySetT:
    """Return those rows that are about the sessions and people of the cells."""
    return rows.filter(
        session__in={session for session, _participant in cells},
        participant__in={participant for _session, participant in cells},
    )


def as_decision(attendance: Attendance, **values: Any) -> Decision:
    session, participant = cell_of(attendance)
    return Decision(session_id=session, participant_id=participant, edition_id=attendance.edition_id, **values)


def _add(
    decisions: list[Decision],
    attendances: list[Attendance],
    by: User,
    at_stake: Callable[[Grounds], None] = refuse,
) -> None:
    with acting(by):
        Decision.objects.bulk_create(decisions)
        recompute(attendances, at_stake=at_stake)
