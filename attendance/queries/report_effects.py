"""What applying a report would change for each participant, and which decisions and excuses override it."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.utils import timezone

from attendance import wording
from attendance.models import Report
from attendance.queries.attendance_records import records_of, terms_of
from attendance.queries.report_claims import claims_of, clickers
from attendance.rules.attendance import Finding, Observation, as_of, seen


@dataclass(frozen=True)
class ReportEffect:
    """The effect on one participant. `says`: what the report alone would establish; `after`: with all that is recorded.

    `is_listed`: whether the report lists them; the others only clicked Join.
    """

    before: Finding
    after: Finding
    says: Finding
    is_listed: bool = True

    @property
    def changes(self) -> bool:
        return self.before.status is not self.after.status or self.before.minutes != self.after.minutes

    @property
    def is_overridden(self) -> bool:
        """Return whether a decision or an excuse overrides what the report says."""
        return (
            self.is_listed and self.after.source in {"decision", "excuse"} and self.says.status is not self.after.status
        )


def effects_of(report: Report) -> dict[int, ReportEffect]:
    """Return the effects by participant; empty while no session is chosen. Seven queries, however many people.

    Before the session's end a finding means only "here so far".
    """
    if report.session is None:
        return {}
    session = report.session.pk
    listed: dict[int, list[Observation]] = defaultdict(list)
    for claim in claims_of(report):
        listed[claim.participant].append(claim.as_observation())
    cells = [(session, pk) for pk in listed.keys() | clickers(report.session)]
    before = records_of(cells)
    after = replace(before, terms={session: terms_of(report.session, is_reported=True)}) if report.is_whole else before
    has_ended = wording.times_of(report.session).has_ended(timezone.now())

    def now(finding: Finding) -> Finding:
        status = as_of(finding.status, finding.source, has_ended=has_ended, was_registered=True)
        return replace(finding, status=status)

    return {
        pk: ReportEffect(
            before=now(before.finding((session, pk))),
            after=now(after.finding((session, pk), listed.get(pk, ()))),
            says=now(seen(listed.get(pk, ()), after.terms[session])),
            is_listed=pk in listed,
        )
        for _session, pk in cells
    }
