"""What a meeting report says about participants: when they were there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.models import Evidence, Report, SharedConnection
from attendance.queries.attendance_records import terms_of
from attendance.rules.attendance import EvidenceKind, Observation, Terms
from programme.models import Session
from udtacademy.accounts.models import User


@dataclass(frozen=True)
class Claim:
    """A report's statement that a participant was there from then until then."""

    participant: int  # primary key
    starts_at: dt.datetime
    ends_at: dt.datetime
    note: str = ""

    def as_evidence(self, report: Report, session: Session, by: User) -> Evidence:
        """Return the claim as evidence, not saved."""
        return Evidence(
            kind=Evidence.Kind.REPORT,
            participant_id=self.participant,
            session=session,
            edition_id=report.edition_id,
            observed_at=self.starts_at,
            ended_at=self.ends_at,
            report=report,
            note=self.note,
            by=by,
        )

    def as_observation(self) -> Observation:
        return Observation(EvidenceKind.REPORT, self.starts_at, self.ends_at)


def clickers(session: Session) -> set[int]:
    """Return the participants, by primary key, who clicked Join: whether a click counts depends on applied reports."""
    clicks = Evidence.objects.effective().filter(session=session, kind=Evidence.Kind.JOIN).order_by()
    return set(clicks.values_list("participant", flat=True))


def claims_of(report: Report) -> Iterator[Claim]:
    """Yield what a report says about matched people and those who shared their connection. Two queries."""
    if report.session is None:
        return
    terms = terms_of(report.session)
    others: dict[int, list[tuple[int, str]]] = defaultdict(list)
    shared = SharedConnection.objects.filter(person__report=report)
    for person, participant, note in shared.values_list("person", "participant", "note"):
        others[person].append((participant, note))
    people = report.people.exclude(intervals=[], minutes=0).order_by("position")
    fields = ("pk", "participant", "name", "email", "intervals", "minutes")
    for pk, participant, name, email, intervals, minutes in people.values_list(*fields):
        present = [(participant, "")] if participant else []
        present += [(other, on_connection_of(name or email, note)) for other, note in others[pk]]
        for who, note in present:
            for start, end, about in stretches(intervals, minutes, terms):
                if start < report.uploaded_at:  # nobody was seen after the file was uploaded
                    yield Claim(who, start, min(end, report.uploaded_at), note or about)


def stretches(
    intervals: list[tuple[str, str]], minutes: float, terms: Terms
) -> Iterable[tuple[dt.datetime, dt.datetime, str]]:
    """Return the intervals in which a person was there, with a note. Minutes without times count from the start."""
    if intervals:
        return [(dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end), "") for start, end in intervals]
    if terms.instants is None:
        return []
    start, end = terms.instants
    note = _("%(n)s minutes in total, without times") % {"n": f"{minutes:g}"}
    return [(start, min(start + dt.timedelta(minutes=minutes), end), note)]


def on_connection_of(name: str, note: str) -> str:
    return (_("same connection as %(name)s: %(note)s") % {"name": name, "note": note})[:300]
