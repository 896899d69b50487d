"""What applying a report would do to each participant in it: before, after, and what stands against it."""

from collections import defaultdict
from dataclasses import dataclass

from attendance import rules
from attendance.actions.applied_reports import evidence_of
from attendance.actions.attendances import Cell, findings, terms_of
from attendance.models import Report
from programme.models import Participant, User


@dataclass(frozen=True)
class Effect:
    """`says`: what the report alone would establish; `after` is what holds with all that is recorded."""

    participant: Participant
    before: rules.Finding
    after: rules.Finding
    says: rules.Finding

    @property
    def changes(self) -> bool:
        return self.before.status is not self.after.status or self.before.minutes != self.after.minutes

    @property
    def is_stood_against(self) -> bool:
        """Whether a decision or an excuse holds, and the report says otherwise."""
        return self.after.source in {"decision", "excuse"} and self.says.status is not self.after.status


def effects_of(report: Report, by: User) -> dict[int, Effect]:
    """By participant; empty while no session is chosen. Ten queries, however many people."""
    if report.session is None:
        return {}
    more: dict[Cell, list[rules.Observation]] = defaultdict(list)
    people: dict[Cell, Participant] = {}
    for piece in evidence_of(report, by):
        cell = (report.session.pk, piece.participant.pk)
        people[cell] = piece.participant
        more[cell].append(piece.as_observation())
    cells = list(people)
    before, after = findings(cells), findings(cells, more)
    terms = terms_of(report.session)
    return {
        people[cell].pk: Effect(people[cell], before[cell], after[cell], rules.seen(more[cell], terms))
        for cell in cells
    }
