"""What applying a report would do to each participant in it: before, after, and what stands against it."""

from collections import defaultdict
from dataclasses import dataclass

from attendance import rules
from attendance.actions.applied_reports import claims_of
from attendance.actions.attendances import records_of
from attendance.models import Report


@dataclass(frozen=True)
class Effect:
    """For one participant. `says`: what the report alone would establish; `after`: what holds with all that is recorded."""

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


def effects_of(report: Report) -> dict[int, Effect]:
    """By the participant's number; empty while no session is chosen. Six queries, however many people."""
    if report.session is None:
        return {}
    session = report.session.pk
    said: dict[int, list[rules.Observation]] = defaultdict(list)
    for claim in claims_of(report):
        said[claim.participant].append(claim.as_observation())
    records = records_of((session, pk) for pk in said)
    return {
        pk: Effect(
            before=records.finding((session, pk)),
            after=records.finding((session, pk), observations),
            says=rules.seen(observations, records.terms[session]),
        )
        for pk, observations in said.items()
    }
