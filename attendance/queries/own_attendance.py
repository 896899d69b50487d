"""A participant's own attendance, session by session: what was recorded, what is needed, what they asked for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from attendance import wording
from attendance.models import Attendance, Excuse
from attendance.queries import standing
from attendance.queries.session_windows import can_be_joined
from attendance.rules.attendance import AttendanceStatus
from attendance.rules.shown_states import ShownState, shown_state
from attendance.rules.standing import Reasoned
from programme.models import Participant, Session
from programme.queries.participant_programme import OwnProgramme

# Participants may ask about these. A settled session can only be wrong.
CAN_STILL_ASK = frozenset(
    {
        *(
            ShownState.CLICKED,
            ShownState.TO_DECIDE,
            ShownState.PARTIAL,
            ShownState.MISSED,
            ShownState.ABSENT,
            ShownState.NOT_SEEN,
            ShownState.NOT_YET,
        ),
        *(ShownState.RUNNING, ShownState.TO_COME),
    }
)


@dataclass(frozen=True)
class OwnSession:
    """One session of one participant. `excuse`: their last request about it."""

    session: Session
    state: ShownState
    attendance: Attendance | None
    status: AttendanceStatus  # as of now
    excuse: Excuse | None
    can_join: bool

    @property
    def word(self) -> str:
        return str(wording.WORDS[self.state])

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def basis(self) -> str:
        return wording.basis(self.attendance) if self.attendance else ""

    @property
    def is_asked(self) -> bool:
        return self.excuse is not None and self.excuse.is_open

    @property
    def can_ask(self) -> bool:
        """Whether the participant can send a request about the session."""
        return not self.is_asked and self.state in CAN_STILL_ASK

    @property
    def needed(self) -> str:
        """Return what the participant should do; "" for nothing."""
        if not self.session.is_core or self.is_asked:
            return ""
        return {
            ShownState.MISSED: _("Watch the recording or name another date, or say why you could not come."),
            ShownState.NOT_YET: _(
                "This was held before you were registered. Watch the recording or name another date, and tell us: a core "
                "session is to be made up for."
            ),
            ShownState.ABSENT: _("An organiser has decided. If that is wrong, tell us."),
            ShownState.TO_DECIDE: _(
                "You pressed Join, and nothing else shows that you were there. An organiser decides; tell us what happened."
            ),
            ShownState.PARTIAL: _(
                "You were there for a part. An organiser decides whether it counts; tell us what happened."
            ),
            ShownState.RUNNING: _("It is on now: come in."),
        }.get(self.state, "")


def own_sessions(
    programme: OwnProgramme, now: dt.datetime, excuses: Mapping[int, Excuse] = MappingProxyType({})
) -> list[OwnSession]:
    """Return the sessions of a participant's programme that are theirs, in order, and others with an established
    attendance.

    `excuses`: the last request about each session, where they are shown. One query, and one for actual times if the
    programme has changed since this process read it.
    """
    sessions = [it for it in programme.sessions if not it.is_break]
    prefetch_related_objects(sessions, "actual_time")
    participant = programme.participant
    rows = Attendance.objects.established().filter(participant=participant)
    established = {row.session_id: row for row in rows}
    attended = []
    for session in sessions:
        row, is_theirs = established.get(session.pk), programme.is_theirs(session)
        if not is_theirs and row is None:
            continue
        moment = wording.moment_of(session)
        status = wording.status_of(row, moment, participant.registered_at, now)
        state = shown_state(status, is_expected=is_theirs, otherwise=moment.without_evidence(now))
        can_join = is_theirs and can_be_joined(session, now)
        attended.append(OwnSession(session, state, row, status, excuses.get(session.pk), can_join))
    return attended


def excuses_of(participant: Participant) -> dict[int, Excuse]:
    """Return the participant's last request about each session, by session."""
    return {it.session_id: it for it in Excuse.objects.filter(participant=participant).order_by("asked_at", "pk")}


def own_standing(sessions: Sequence[OwnSession], now: dt.datetime) -> Reasoned[Session]:
    """Return the standing that follows from a participant's own sessions."""
    core = [it.session for it in sessions if it.session.is_core and not it.session.is_cancelled]
    return standing.standing_of({it.session.pk: it.status for it in sessions}, core, now)
