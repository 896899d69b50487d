"""An organiser's word: about one person and session, or about many in one go, and undoing it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import wording
from attendance.actions.attendances import recompute
from attendance.actions.locks import lock_attendances
from attendance.models import Attendance, Decision
from attendance.models.decision import DecisionQuerySet
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

Outcome = Decision.Outcome
QuerySetT = TypeVar("QuerySetT", bound="models.QuerySet[Any]")


Cell = tuple[int, int]  # the numbers of a session and of a participant
Cells = set[Cell]


class ChangedMeanwhileError(ProgrammeError):
    """Cells are no longer as whoever decides has seen them. `changes`: each with the decision that stands, if any."""

    def __init__(self, changes: Sequence[tuple[Attendance, Decision | None]]) -> None:
        super().__init__(_("This has changed since you opened the page. Look again, then decide."))
        self.changes = changes


def seen_state(attendance: Attendance | None, decision: Decision | None) -> str:
    """What a form keeps of the state it was made from: the last decision and the status."""
    return f"{decision.pk if decision else 0}-{attendance.status if attendance else ''}"


@dataclass(frozen=True)
class Recorded:
    """What stands about a cell: its attendance and the last decision, if any."""

    attendance: Attendance | None
    decision: Decision | None

    @property
    def seen(self) -> str:
        return seen_state(self.attendance, self.decision)


def recorded_in(cells: Iterable[tuple[Participant, Session]]) -> dict[Cell, Recorded]:
    """What stands about each cell. Two queries."""
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
) -> tuple[uuid.UUID, int]:
    """Decide about each person and session; the batch, by which it can be undone, and how many it changed.

    Where the same has been decided already nothing is added, whatever was seen. `seen`: the state of each cell that the decision was made
    from (`Recorded.seen`). Raises ProgrammeError without a reason, ChangedMeanwhileError where a cell is not as it was seen.
    """
    reason = reason.strip()
    if not reason:
        raise ProgrammeError(_("Say why: a year from now somebody will ask."))
    attendances = lock_attendances(cells)
    standing = {cell_of(it): it for it in about({cell_of(it) for it in attendances}, with_by()).current()}
    if seen is not None:
        changes = [
            (it, standing.get(cell_of(it)))
            for it in attendances
            if seen.get(cell_of(it)) != seen_state(it, standing.get(cell_of(it)))
            and not (cell_of(it) in standing and standing[cell_of(it)].outcome == outcome)
        ]
        if changes:
            raise ChangedMeanwhileError(changes)
    outcomes = {cell: it.outcome for cell, it in standing.items()}
    batch, before = uuid.uuid4(), statuses_now(attendances)
    made = [
        as_decision(it, outcome=outcome, reason=reason, by=by, before=before[cell_of(it)], batch=batch)
        for it in attendances
        if outcomes.get(cell_of(it), Outcome.LIFTED) != outcome
    ]
    _add(made, attendances, by)
    return batch, len(made)


@transaction.atomic
def undo(*, batch: uuid.UUID, by: User) -> tuple[int, int]:
    """Take a batch of decisions back: each gives way to the one before it, or to the evidence.

    How many, and how many stay because somebody has decided anew since. A second click changes nothing.
    """
    taken = {cell_of(it): it for it in Decision.objects.filter(batch=batch).select_related("participant", "session")}
    attendances = lock_attendances((it.participant, it.session) for it in taken.values())
    told: dict[tuple[int, int], list[Decision]] = defaultdict(list)
    for it in about(set(taken), Decision.objects.all()).latest_first():
        told[cell_of(it)].append(it)
    before = statuses_now(attendances)
    in_force = {cell: still_in_force(told[cell]) for cell in taken}
    made = [
        as_decision(
            it,
            outcome=next((earlier.outcome for earlier in in_force[cell_of(it)][1:]), Outcome.LIFTED),
            reason=_("Undone: %s") % taken[cell_of(it)].reason,
            by=by,
            before=before[cell_of(it)],
            batch=undoing_of(batch),
        )
        for it in attendances
        if [last.batch for last in in_force[cell_of(it)][:1]] == [batch]
    ]
    _add(made, attendances, by)
    return len(made), sum(batch in {earlier.batch for earlier in found[1:]} for found in in_force.values())


def statuses_now(attendances: Iterable[Attendance]) -> dict[Cell, str]:
    """What each attendance says at present: before a session's end evidence says no more than "here so far"."""
    rows, now = list(attendances), timezone.now()
    sessions = Session.objects.select_related("actual_time").in_bulk({it.session_id for it in rows})
    moments = {pk: wording.moment_of(session) for pk, session in sessions.items()}
    return {cell_of(it): wording.status_of(it, moments[it.session_id], None, now).value for it in rows}


def undoing_of(batch: uuid.UUID) -> uuid.UUID:
    """The batch that undoes another: always the same one, so that it happens once."""
    return uuid.uuid5(batch, "undone")


def still_in_force(told: list[Decision]) -> list[Decision]:
    """Of all decisions about one cell, those that neither were undone nor undid another, in the order given."""
    batches = {it.batch for it in told}
    undoings = {undoing_of(it.batch) for it in told}
    return [it for it in told if it.batch not in undoings and undoing_of(it.batch) not in batches]


def cell_of(row: Attendance | Decision) -> tuple[int, int]:
    return row.session_id, row.participant_id


def with_by() -> DecisionQuerySet:
    return Decision.objects.select_related("by")


def about(cells: Cells, rows: QuerySetT) -> QuerySetT:
    """Those of the rows that are about the sessions and people of the cells."""
    return rows.filter(
        session__in={session for session, _participant in cells},
        participant__in={participant for _session, participant in cells},
    )


def as_decision(attendance: Attendance, **values: Any) -> Decision:
    session, participant = cell_of(attendance)
    return Decision(session_id=session, participant_id=participant, edition_id=attendance.edition_id, **values)


def _add(decisions: list[Decision], attendances: list[Attendance], by: User) -> None:
    with acting(by):
        Decision.objects.bulk_create(decisions)
        recompute(attendances)
