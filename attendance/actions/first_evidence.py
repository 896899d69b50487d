"""What usually happens: somebody joins or comes through the door, of whom nothing is recorded for the session yet.

What follows from one piece of evidence alone needs nothing of the database. One statement adds both, when nothing speaks
against it; whoever calls goes the long way otherwise. The functions are in migration 0010; decision 0018 says why.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection

from attendance.models import Evidence
from attendance.queries.attendance_records import terms_of
from attendance.rules.attendance import attendance
from programme.models import City, Delegation, Participant, Session, User
from udtacademy.db.history import acting

# WITH, since pghistory takes what begins with SELECT for mere reading, and would not say whose doing it was.
ADD_FIRST = """
    WITH first AS (
        SELECT * FROM attendance_add_first(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ) SELECT * FROM first
"""
CHECK_IN_FIRST = ADD_FIRST.replace("attendance_add_first", "attendance_check_in_first")
DB = DEFAULT_DB_ALIAS


class CheckedIn(NamedTuple):
    """All that the door says of whom it has just checked in."""

    participant: Participant
    held_in: Sequence[int]  # sessions in which they have a seat


def add_first(piece: Evidence, session: Session) -> bool:
    """Add what is the first that is recorded about its person and the session, with the attendance that follows.

    False, and nothing is added, unless it is the first, they are registered, have a seat if it takes one, and the session
    is as `attended_session` read it.
    """
    row = _asked(ADD_FIRST, piece, session)
    piece.pk = row[0] if row else None
    return piece.pk is not None


def check_in_first(piece: Evidence, session: Session) -> CheckedIn | None:
    """As `add_first`; `participant` comes with no more than what the door says of them."""
    row = _asked(CHECK_IN_FIRST, piece, session)
    piece.pk = row[0] if row else None
    if row is None or piece.pk is None:
        return None
    held_in, expo_pass, user_id, email, name, delegation_id, city_id, city_name, country = row[1:]
    participant = Participant.from_db(
        DB,
        ["id", "user_id", "delegation_id", "edition_id", "expo_pass"],
        [piece.participant_id, user_id, delegation_id, session.edition_id, expo_pass],
    )
    participant.user = User.from_db(DB, ["id", "email", "name"], [user_id, email, name])
    participant.delegation = Delegation.from_db(DB, ["id", "city_id"], [delegation_id, city_id])
    participant.delegation.city = City.from_db(DB, ["id", "name", "country"], [city_id, city_name, country])
    return CheckedIn(participant, held_in)


def _asked(sql: str, piece: Evidence, session: Session) -> tuple[Any, ...] | None:
    state = session.edition.state
    if state is None:
        return None
    piece.session, piece.edition_id = session, session.edition_id
    found = attendance([piece.as_observation()], terms_of(session), decision=None, excuse=None)
    about = piece.participant_id, session.pk, state.edition_version, state.session_version(session.pk)
    seen = piece.kind, piece.observed_at, piece.recorded_at, piece.by_id, piece.scan_id, piece.device_at
    follows = found.status.value, str(found.source), found.minutes, found.arrived_at
    with acting(piece.by), connection.cursor() as cursor:
        cursor.execute(sql, [*about, session.takes_seats, *seen, *follows])
        row: tuple[Any, ...] = cursor.fetchone()
    return row
