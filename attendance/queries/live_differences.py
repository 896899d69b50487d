"""Where a meeting report and what the platform reported live differ."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from attendance.models import Evidence, Report
from attendance.queries.attendance_records import terms_of
from attendance.queries.report_claims import claims_of
from attendance.rules.attendance import EvidenceKind, Observation, time_in
from programme.models import Participant

NONE = dt.timedelta()
WORTH_SHOWING = dt.timedelta(minutes=5)  # clocks differ, and reports round


@dataclass(frozen=True)
class LiveDifference:
    """One person's minutes at a session, live and by reports; None if they were not seen."""

    participant: Participant
    live: int | None
    reported: int | None


def live_differences(report: Report) -> list[LiveDifference]:
    """Return the people whose times differ, by city and name; [] if nothing was reported live. Five queries.

    `report` counts as if it were applied, beside the other reports of the session.
    """
    session = report.session
    if session is None:
        return []
    seen: dict[tuple[str, int], list[Observation]] = defaultdict(list)
    kinds = (Evidence.Kind.LIVE, Evidence.Kind.REPORT)
    pieces = Evidence.objects.effective().filter(session=session, kind__in=kinds).order_by()
    for kind, pk, since, until in pieces.values_list("kind", "participant", "observed_at", "ended_at"):
        seen[kind, pk].append(Observation(EvidenceKind(kind), since, until))
    if not any(kind == EvidenceKind.LIVE for kind, _pk in seen):
        return []
    for claim in claims_of(report):
        seen[EvidenceKind.REPORT.value, claim.participant].append(claim.as_observation())
    terms = terms_of(session)
    lengths = {key: time_in(observations, terms) for key, observations in seen.items()}
    differing = {}
    for pk in {pk for _kind, pk in seen}:
        live, reported = lengths.get(("live", pk)), lengths.get(("report", pk))
        if abs((live or NONE) - (reported or NONE)) >= WORTH_SHOWING:
            differing[pk] = live, reported
    people = Participant.objects.with_people().filter(pk__in=differing)
    return [
        LiveDifference(it, *map(minutes_of, differing[it.pk]))
        for it in people.order_by("delegation__city__name", "user__name", "pk")
    ]


def minutes_of(length: dt.timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds() // 60)
