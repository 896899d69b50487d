"""Keeping attendance in step with what it follows from.

Whoever adds evidence, decides or excuses locks first, in this order: the editions and sessions, shared, so that their times
stay while everybody checks in at once; then the attendance rows, one person and session at a time. What is read afterwards
is therefore all there is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.utils import timezone

from attendance import rules
from attendance.models import Attendance, Decision, Evidence, Excuse
from programme.models import Edition, Participant, Session

Cell = tuple[int, int]  # the numbers of a session and of a participant

KEPT = ("status", "source", "minutes", "arrived_at")


def terms_of(session: Session) -> rules.Terms:
    """Needs the edition, and `taught` in the same query where there are several."""
    when = getattr(session, "taught", None) or session
    return rules.Terms(
        window=(when.starts_at, when.ends_at) if when.starts_at and when.ends_at else None,
        share=session.edition.attendance_share / 100,
        late_tolerance=session.edition.late_tolerance,
    )


def lock_attendances(cells: Iterable[tuple[Participant, Session]]) -> list[Attendance]:
    """The attendance of each person and session, made where there is none, locked until the transaction ends.

    One after the other: two who lock several never wait for each other in a circle.
    """
    pairs = sorted({(session.pk, participant.pk, session.edition_id) for participant, session in cells})
    lock_shared(Edition, {edition for _session, _participant, edition in pairs})
    lock_shared(Session, {session for session, _participant, _edition in pairs})
    missing = [Attendance(session_id=it[0], participant_id=it[1], edition_id=it[2]) for it in pairs]
    Attendance.objects.bulk_create(missing, ignore_conflicts=True)
    wanted = Attendance.objects.filter(
        session__in={it[0] for it in pairs}, participant__in={it[1] for it in pairs}
    ).select_for_update(no_key=True, of=["self"])
    chosen = {it[:2] for it in pairs}
    found = wanted.order_by("session_id", "participant_id")
    return [attendance for attendance in found if (attendance.session_id, attendance.participant_id) in chosen]


def lock_shared(model: type[Edition | Session], pks: set[int]) -> None:
    """FOR SHARE, which Django does not offer: many may hold it at once, and nobody changes the rows meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {model._meta.db_table} WHERE id = ANY(%s) ORDER BY id FOR SHARE",  # noqa: S608 - a table of ours
            [sorted(pks)],
        )


def recompute(attendances: Iterable[Attendance]) -> int:
    """Bring attendance rows, which are locked, to what follows now. How many that changed.

    Four queries, and one for the changes, however many rows.
    """
    rows = list(attendances)
    found = findings([(row.session_id, row.participant_id) for row in rows])
    changed = [row for row in rows if take(row, found[row.session_id, row.participant_id])]
    Attendance.objects.bulk_update(changed, [*KEPT, "changed_at"], batch_size=500)
    return len(changed)


def findings(
    cells: Sequence[Cell], more: Mapping[Cell, Sequence[rules.Observation]] | None = None
) -> dict[Cell, rules.Finding]:
    """What follows for each (session, participant) from all that is recorded, and from `more` if that were, too.

    Four queries, however many cells.
    """
    people = {participant for _session, participant in cells}
    sessions = Session.objects.select_related("edition", "taught").in_bulk({session for session, _participant in cells})
    seen: dict[Cell, list[rules.Observation]] = defaultdict(list)
    for piece in Evidence.objects.effective().filter(session__in=sessions, participant__in=people):
        seen[piece.session_id, piece.participant_id].append(piece.as_observation())
    for cell, observations in (more or {}).items():
        seen[cell].extend(observations)
    decisions = {
        (it.session_id, it.participant_id): rules.Outcome(it.outcome)
        for it in Decision.objects.filter(session__in=sessions, participant__in=people).current()
    }
    excuses = {
        (it.session_id, it.participant_id): it.outcome
        for it in Excuse.objects.approved().filter(session__in=sessions, participant__in=people).order_by("decided_at")
        if it.outcome is not rules.Outcome.PRESENT  # a correction is a decision
    }
    terms = {pk: terms_of(session) for pk, session in sessions.items()}
    return {
        cell: rules.attendance(seen[cell], terms[cell[0]], decision=decisions.get(cell), excuse=excuses.get(cell))
        for cell in cells
    }


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
