"""Keeping attendance in step with what it follows from.

Whoever adds evidence, decides or excuses locks first, in this order: the editions and sessions, shared, so that their times
stay while everybody checks in at once; then the attendance rows, one person and session at a time. What is read afterwards
is therefore all there is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value
from django.utils import timezone

from attendance import rules
from attendance.models import Attendance, Decision, Evidence, Excuse, Report
from programme.models import Edition, Participant, Session

Cell = tuple[int, int]  # the numbers of a session and of a participant

LOCK = """
    SELECT FROM programme_edition e JOIN programme_session s ON s.edition_id = e.id
    WHERE s.id = ANY(%s) ORDER BY e.id, s.id FOR SHARE
"""
KEPT = ("status", "source", "minutes", "arrived_at")


def terms_of(session: Session, *, is_reported: bool = False) -> rules.Terms:
    """Needs the edition, and `taught` in the same query where there are several.

    `is_reported`: whether a report of the whole session has been applied (`reported`).
    """
    when = getattr(session, "taught", None) or session
    return rules.Terms(
        window=(when.starts_at, when.ends_at) if when.starts_at and when.ends_at else None,
        share=session.edition.attendance_share / 100,
        late_tolerance=session.edition.late_tolerance,
        clicks_count=rules.ClickCounts(session.edition.click_counts).holds(is_reported=is_reported),
        join_opens_before=session.edition.join_opens_before,
    )


def reported(sessions: Iterable[int]) -> set[int]:
    """Of sessions, by their numbers, those of which a report of the whole session has been applied. One query."""
    applied = Report.objects.applied().whole().filter(session__in=list(sessions)).order_by()
    return {session for session in applied.values_list("session", flat=True) if session}


def lock_attendances(cells: Iterable[tuple[Participant, Session]]) -> list[Attendance]:
    """The attendance of each person and session, made where there is none, locked until the transaction ends.

    One after the other: two who lock several never wait for each other in a circle.
    """
    return lock_pairs({(session.pk, participant.pk, session.edition_id) for participant, session in cells})


def lock_cells(session: Session, participants: Iterable[int]) -> list[Attendance]:
    """As `lock_attendances`, of one session and many people, by their numbers."""
    check_at_once()
    return lock_pairs({(session.pk, participant, session.edition_id) for participant in participants})


def lock_pairs(cells: Iterable[tuple[int, int, int]]) -> list[Attendance]:
    """By the numbers of session, participant and edition."""
    pairs = sorted(cells)
    lock_sessions({session for session, _participant, _edition in pairs})
    missing = [Attendance(session_id=it[0], participant_id=it[1], edition_id=it[2]) for it in pairs]
    Attendance.objects.bulk_create(missing, ignore_conflicts=True)
    wanted = Attendance.objects.filter(
        is_of_any(it[1] for it in pairs), session__in={it[0] for it in pairs}
    ).select_for_update(no_key=True, of=["self"])
    chosen = {it[:2] for it in pairs}
    found = wanted.order_by("session_id", "participant_id")
    return [attendance for attendance in found if (attendance.session_id, attendance.participant_id) in chosen]


def check_at_once() -> None:
    """Until the transaction ends, check what rows refer to as they are written, not in the end.

    Each row's history takes the longer, the more checks are left for the end: thousands of rows grow by their square.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def lock_sessions(pks: set[int]) -> None:
    """FOR SHARE, which Django does not offer: many may hold it at once, and nobody changes the rows meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(pks)])


def recompute(attendances: Iterable[Attendance], session: Session | None = None) -> int:
    """Bring attendance rows, which are locked, to what follows now. How many that changed.

    Five queries, and one for the changes, however many rows. `session`: that of all of them, when it is at hand.
    """
    rows = list(attendances)
    records = records_of([(row.session_id, row.participant_id) for row in rows], session)
    changed = [row for row in rows if take(row, records.finding((row.session_id, row.participant_id)))]
    Attendance.objects.bulk_create(  # they are there: of thousands this takes a hundredth of the time of bulk_update
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=[*KEPT, "changed_at"]
    )
    return len(changed)


@dataclass(frozen=True)
class Records:
    """All that is recorded about some cells."""

    terms: Mapping[int, rules.Terms]  # by session
    seen: Mapping[Cell, Sequence[rules.Observation]]
    decisions: Mapping[Cell, rules.Outcome]
    excuses: Mapping[Cell, rules.Outcome]

    def finding(self, cell: Cell, more: Sequence[rules.Observation] = ()) -> rules.Finding:
        """What follows, or would follow if `more` were recorded, too."""
        return rules.attendance(
            [*self.seen.get(cell, ()), *more],
            self.terms[cell[0]],
            decision=self.decisions.get(cell),
            excuse=self.excuses.get(cell),
        )


def records_of(cells: Iterable[Cell], session: Session | None = None) -> Records:
    """Five queries, however many cells; four when the `session` of all of them is at hand, with its edition."""
    cells = list(cells)
    sessions = {session.pk: session} if session else sessions_of(cells)
    with_report = reported(sessions)
    about = Q(is_of_any(pk for _session, pk in cells), session__in=sessions)
    seen: dict[Cell, list[rules.Observation]] = defaultdict(list)
    pieces = Evidence.objects.effective().filter(about).order_by()
    fields = ("session", "participant", "kind", "observed_at", "ended_at")
    for session_pk, participant_pk, kind, since, until in pieces.values_list(*fields):
        seen[session_pk, participant_pk].append(rules.Observation(rules.Kind(kind), since, until))
    decisions = {
        (it.session_id, it.participant_id): rules.Outcome(it.outcome) for it in Decision.objects.filter(about).current()
    }
    excuses = {
        (it.session_id, it.participant_id): it.outcome
        for it in Excuse.objects.approved().filter(about).order_by("decided_at")
        if it.outcome is not rules.Outcome.PRESENT  # a correction is a decision
    }
    terms = {pk: terms_of(it, is_reported=pk in with_report) for pk, it in sessions.items()}
    return Records(terms, seen, decisions, excuses)


def sessions_of(cells: Iterable[Cell]) -> dict[int, Session]:
    return Session.objects.select_related("edition", "taught").in_bulk({session for session, _participant in cells})


def is_of_any(participants: Iterable[int]) -> Func:
    """For `filter`: about any of them. Thousands of numbers are one parameter, which the database reads as quickly as one.

    It looks them up by hash, whatever it expects: a subquery it may join row by row, and thousands with thousands.
    """
    numbers = Value(sorted(set(participants)), output_field=ArrayField(BigIntegerField()))
    return Func(
        F("participant"), numbers, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )


def take(row: Attendance, found: rules.Finding) -> bool:
    """Put a finding into the row; whether that makes a difference."""
    before = tuple(getattr(row, name) for name in KEPT)
    row.status, row.source = found.status.value, str(found.source)
    row.minutes, row.arrived_at = found.minutes, found.arrived_at
    row.changed_at = timezone.now()
    return tuple(getattr(row, name) for name in KEPT) != before


@transaction.atomic
def recompute_session(session: Session) -> int:
    """After its times have changed: everybody's attendance of it. How many that changed."""
    return recompute(
        Attendance.objects.filter(session=session)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )


@transaction.atomic
def recompute_edition(edition: Edition) -> int:
    """After its rules have changed: everybody's attendance. How many that changed."""
    return recompute(
        Attendance.objects.filter(edition=edition)
        .select_for_update(no_key=True)
        .order_by("session_id", "participant_id")
    )
