"""How many of the people expected at sessions came, for every page that says so, and who did not (decision 44)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from attendance import wording
from attendance.models import Attendance
from attendance.models.actual_time import end_of
from attendance.queries.expected import expected_at
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.turnout import Group, Turnout, turnout
from programme.models import Participant, Seat, Session
from programme.models.participant_queryset import ParticipantQuerySet
from programme.models.session_queryset import SessionQuerySet

IS_SEATED = Exists(Seat.objects.held().filter(session=OuterRef("session"), participant=OuterRef("participant")))


def turnouts(
    sessions: Sequence[Session], now: dt.datetime, n_expected: Mapping[int, int], within: Q | None = None
) -> dict[int, Turnout]:
    """Return the turnout of each session by its primary key. One query. `within`: a condition on attendance rows.

    `n_expected`: how many people are expected, as `n_expected_at` counts them.
    """
    groups = groups_at(sessions, within)
    return {
        it.pk: turnout(groups[it.pk], n_expected=n_expected[it.pk], has_ended=wording.times_of(it).has_ended(now))
        for it in sessions
    }


def turnouts_now(sessions: Sequence[Session], now: dt.datetime) -> dict[int, Turnout]:
    """Return who is at each session, as the door, its list of sessions and the room's screen say it. Two queries."""
    return turnouts(sessions, now, n_expected_at(sessions))


def n_expected_at(sessions: Iterable[Session]) -> dict[int, int]:
    """Return how many people are expected at each session, by its primary key. One query."""
    counted = with_n_expected(Session.objects.filter(pk__in=[it.pk for it in sessions])).order_by()
    return {it.pk: it.n_expected for it in counted.only("pk")}  # type: ignore[attr-defined]


def with_n_expected(sessions: SessionQuerySet, of: Q | None = None) -> SessionQuerySet:
    """Annotate sessions with `n_expected`: how many people `expected_at` returns. `of`: None for all other sessions."""
    people = Participant.objects.registered().filter(edition=OuterRef("edition")).order_by()
    people = people.exclude(state_at__gte=OuterRef("ended_at"))
    held = Seat.objects.held().filter(session=OuterRef(OuterRef("pk")), participant=OuterRef("pk"))
    is_parallel = Exists(Session.objects.parallel().filter(pk=OuterRef("pk")))
    n_seated, n = (number_of(it) for it in (people.filter(Exists(held)), people))
    n_expected = Case(When(is_parallel, then=n_seated), default=n)
    return sessions.alias(ended_at=end_of()).annotate(n_expected=Case(When(of, then=n_expected)) if of else n_expected)


def number_of(people: ParticipantQuerySet) -> Coalesce:
    """Return how many people of one edition there are, as an expression."""
    return Coalesce(Subquery(people.values("edition").annotate(n=Count("pk")).values("n")), 0)


def groups_at(sessions: Sequence[Session], within: Q | None = None) -> Mapping[int, list[Group]]:
    """Return the people about whom something is established, by session, grouped by that and by whether they were expected.

    Says of rows what `expected_at` says of people. One query.
    """
    is_expected = Q(participant__state=Participant.State.REGISTERED)
    is_expected &= Q(ended_at__isnull=True) | Q(participant__state_at__lt=F("ended_at"))
    if parallel := [it.pk for it in sessions if it.takes_seats]:
        is_expected &= ~Q(session__in=parallel) | Q(IS_SEATED)
    rows = Attendance.objects.established().filter(within or Q(), session__in=[it.pk for it in sessions])
    counted = (
        rows.alias(ended_at=end_of("session__"))
        .annotate(is_expected=Case(When(is_expected, then=True), default=False, output_field=BooleanField()))
        .values_list("session", "status", "is_expected")
        .annotate(n=Count("pk"))
        .order_by()
    )
    groups: dict[int, list[Group]] = defaultdict(list)
    for session, status, was_expected, n in counted:
        groups[session].append((AttendanceStatus(status), was_expected, n))
    return groups


def missing_from(session: Session, *, with_late: bool = False) -> ParticipantQuerySet:
    """Return the people whom a turnout counts as missing, by city and name.

    `with_late`: also those who registered after the session's end, whom it does not count: they have to make it up.
    """
    row = Attendance.objects.established().filter(session=session, participant=OuterRef("pk"))
    is_absent = ~Q(Exists(row)) | Q(Exists(row.filter(status=AttendanceStatus.ABSENT.value)))
    people = expected_at(session, with_late=with_late).with_people().filter(is_absent)
    return people.order_by("delegation__city__name", "delegation_id", "user__name", "pk")
