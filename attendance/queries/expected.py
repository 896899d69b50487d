"""Who is expected at a session, and who of them is missing."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, Value

from attendance import wording
from attendance.models import Attendance, Nudge
from programme.models import Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet


def expected_at(session: Session, *, with_late: bool = False) -> ParticipantQuerySet:
    """Return the participants expected at a session: everyone registered, or the seat holders if it is parallel.

    People who registered after its end are left out unless `with_late`.
    """
    ends_at = None if with_late else wording.times_of(session).ends_at
    return expected(session.pk, session.edition_id, ends_at, takes_seats=session.takes_seats)


def expected(
    session: int | Value, edition: int | Value, ends_at: dt.datetime | Value | None, *, takes_seats: bool
) -> ParticipantQuerySet:
    """Return who is expected at a session (`expected_at`), also of a prepared query. `ends_at`: None to leave nobody out."""
    people = Participant.objects.registered().filter(edition=edition)
    if ends_at:
        people = people.filter(state_at__lt=ends_at)
    if takes_seats:
        people = people.filter(Exists(Seat.objects.held().filter(session=session, participant=OuterRef("pk"))))
    return people


def is_missing(session: int | Value) -> Q:
    """Return the condition for people expected at a session (its primary key) who were not seen, excused or nudged."""
    seen = Attendance.objects.established().filter(session=session).values("participant")
    nudged = Nudge.objects.filter(session=session).values("participant")
    return ~Q(pk__in=seen) & ~Q(pk__in=nudged)


def unseen_at(session: Session, most: int | None = None) -> list[Participant]:
    """Return the people missing (`is_missing`), by city and name; at most the first `most`."""
    people = expected_at(session).with_people().filter(is_missing(session.pk))
    return list(people.order_by("delegation__city__name", "user__name", "pk")[:most])


def n_missing(session: Session) -> int:
    """Return how many people are missing (`unseen_at`)."""
    return expected_at(session).filter(is_missing(session.pk)).count()
