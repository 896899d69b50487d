"""What people have done who held a place before the person who holds it now."""

from collections.abc import Sequence
from typing import NamedTuple

from attendance import wording
from attendance.models import Attendance
from attendance.rules.attendance import SETTLES, AttendanceStatus
from attendance.rules.places import record_of_place
from programme.models import Participant, Session
from programme.queries.places import place_of, places_in
from programme.rules.places import HandOver


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
    """Return the participants, by primary key, for whose place somebody else has a record that counts at a session.

    One query; two if places were handed over.
    """
    places = places_in(session.edition)
    before = {it.person: (heir, it.at) for heir, held in places.items() for it in held}
    if not before:
        return []
    ends_at = wording.times_of(session).ends_at
    rows = Attendance.objects.established().filter(session=session, participant__in=before).order_by("pk")
    counting = (row for row in rows if record_of_place(None, [(row, before[row.participant_id][1])], ends_at))
    return [before[row.participant_id][0] for row in counting]
