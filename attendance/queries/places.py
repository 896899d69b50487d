"""What people have done who held a place before the person who holds it now."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from attendance import wording
from attendance.models import Attendance
from attendance.rules.attendance import SETTLES, AttendanceStatus
from attendance.rules.places import is_handed_on, record_of_place
from programme.models import Participant, Session
from programme.queries.places import hand_overs_in, place_of
from programme.rules.places import HandOver, places


class Predecessor(NamedTuple):
    """Somebody who held a place before, with what is established about them, by session."""

    hand_over: HandOver
    rows: dict[int, Attendance]


def predecessors_of(participant: Participant) -> Sequence[Predecessor]:
    """Return who held the place of somebody registered before them, the last first.

    Two queries; none for somebody who took over no place.
    """
    before = place_of(participant) if participant.is_registered else ()
    rows: dict[int, dict[int, Attendance]] = {it.person: {} for it in before}
    for row in Attendance.objects.established().filter(participant__in=rows) if rows else ():
        rows[row.participant_id][row.session_id] = row
    return [Predecessor(it, rows[it.person]) for it in before]


def settled_by(before: Sequence[Predecessor], session: Session) -> str:
    """Return the name of a predecessor with whom a session is settled for the place; empty if there is none."""
    rows = [(it.rows[session.pk], it.hand_over.at) for it in before if session.pk in it.rows]
    record = record_of_place(None, rows, wording.times_of(session).ends_at)
    if record is None or AttendanceStatus(record.status) not in SETTLES:
        return ""
    return next(it.hand_over.name for it in before if it.hand_over.person == record.participant_id)


def covered_at(session: Session) -> list[int]:
    """Return the participants, by primary key, for whose place somebody else has a record that counts at a session. One query."""
    records = Attendance.objects.established().filter(session=session, participant=OuterRef("pk"))
    recorded = hand_overs_in(session.edition, Coalesce(Subquery(records.values("status")), Value("")))
    ends_at = wording.times_of(session).ends_at
    counting = {
        it.person for it, status in recorded if is_handed_on(status, was_over=ends_at is not None and ends_at <= it.at)
    }
    held = places(it for it, _status in recorded)
    return [heir for heir, before in held.items() if any(it.person in counting for it in before)]
