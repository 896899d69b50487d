"""Changes of attendance, from the history that database triggers keep."""

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from attendance import wording
from attendance.models import Attendance
from attendance.rules.attendance import AttendanceStatus, as_of
from attendance.rules.shown_states import ShownState
from programme.models import Edition, Participant, Session
from udtacademy.accounts.models import User

MOST = 500


@dataclass(frozen=True)
class StatusChange:
    """A change of status: whose, at which session, when, by whom and why."""

    at: dt.datetime
    participant: Participant
    session: Session
    before: str
    after: str
    source: str
    by: str


def since(edition: Edition, moment: dt.datetime) -> list[StatusChange]:
    """Return the changes of status since a moment, the latest first, at most MOST. Four queries."""
    events = apps.get_model("attendance", "AttendanceEvent").objects.filter(edition=edition)
    earlier = events.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id")
    recent = events.filter(pgh_created_at__gte=moment).annotate(
        before=Coalesce(Subquery(earlier.values("status")[:1]), Value("")),
        before_source=Coalesce(Subquery(earlier.values("source")[:1]), Value("")),
    )
    changed = list(recent.exclude(before=F("status")).select_related("pgh_context").order_by("-pgh_id")[:MOST])
    people = Participant.objects.with_people().in_bulk({event.participant_id for event in changed})
    sessions = Session.objects.select_related("actual_time").in_bulk({event.session_id for event in changed})
    actors = User.objects.in_bulk({pk for event in changed if (pk := actor_of(event))})
    changes = [
        StatusChange(
            at=event.pgh_created_at,
            participant=people[event.participant_id],
            session=sessions[event.session_id],
            before=status_then(event.before, event.before_source, sessions[event.session_id], event.pgh_created_at),
            after=status_then(event.status, event.source, sessions[event.session_id], event.pgh_created_at),
            source=str(dict(Attendance.Source.choices).get(event.source, "")),
            by=str(actors.get(actor_of(event) or 0, "")),
        )
        for event in changed
    ]
    return [change for change in changes if change.before != change.after]


def actor_of(event: object) -> int | None:
    context = getattr(event, "pgh_context", None)
    return context.metadata.get("user") if context else None


def status_then(status: str, source: str, session: Session, at: dt.datetime) -> str:
    """Return a status as it was shown then: before the session's end evidence means "here so far"."""
    if not status:
        return "–"
    has_ended = wording.times_of(session).has_ended(at)
    return str(
        wording.STATES[ShownState(as_of(AttendanceStatus(status), source, has_ended=has_ended, was_registered=True))]
    )
