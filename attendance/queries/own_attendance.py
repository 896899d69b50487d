"""A participant's own attendance, session by session: what is recorded, what they should do, what they requested."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import QuerySet, Subquery, Value, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from attendance import wording
from attendance.models import Attendance, Evidence, Excuse
from attendance.queries import standing
from attendance.queries.places import predecessors_of, settled_by
from attendance.queries.session_windows import can_be_joined, counts_for
from attendance.rules.attendance import AttendanceStatus, EvidenceKind
from attendance.rules.places import records_of_place
from attendance.rules.shown_states import ShownState, shown_state
from attendance.rules.standing import Reasoned
from programme.models import Participant, Session
from programme.queries.participant_programme import OwnProgramme, ParticipantSession
from udtacademy.db.prepared import Parameter, prepared

# States in which a request can still change something. In any other state it can only be a correction.
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
    settled_by: str = ""  # who held their place before and has settled it

    @property
    def state_label(self) -> str:
        return str(wording.STATES[self.state])

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def basis(self) -> str:
        return wording.basis(self.attendance) if self.attendance else ""

    @property
    def is_here(self) -> bool:
        """Return whether they were seen, and the session has not ended."""
        return self.state is ShownState.HERE

    @property
    def is_asked(self) -> bool:
        return self.excuse is not None and self.excuse.is_open

    @property
    def can_ask(self) -> bool:
        """Return whether the participant can send a request about the session."""
        return not self.is_asked and self.state in CAN_STILL_ASK

    @property
    def is_to_make_up(self) -> bool:
        """Return whether it was held before they registered, and neither they nor who had their place before have settled it."""
        return self.state is ShownState.NOT_YET and not self.settled_by

    @property
    def next_step(self) -> str:
        """Return what the participant should do or can count on; "" for nothing."""
        if self.is_here and self.attendance:
            return wording.you_are_in(self.attendance.status)
        if not self.session.is_core or self.is_asked:
            return ""
        if self.settled_by and self.state in {ShownState.NOT_YET, ShownState.MISSED}:
            text = _("%(name)s attended this session or was excused, which counts for the place that you took over.")
            return text % {"name": self.settled_by}
        return {
            ShownState.MISSED: _("Watch the recording, choose another date, or tell us why you could not attend."),
            ShownState.NOT_YET: _(
                "This session was held before you registered. You must make up core sessions: watch the recording or choose "
                "another date, then tell us."
            ),
            ShownState.ABSENT: _("An organiser decided that you were absent. If this is wrong, tell us."),
            ShownState.TO_DECIDE: _(
                "You clicked Join, but nothing else shows that you attended. An organiser will decide. Tell us what happened."
            ),
            ShownState.PARTIAL: _(
                "You attended part of the session. An organiser will decide whether it counts. Tell us what happened."
            ),
            ShownState.RUNNING: _("The session is on now. Join it."),
        }.get(self.state, "")


def own_sessions(
    programme: OwnProgramme | ParticipantSession,
    now: dt.datetime,
    excuses: Mapping[int, Excuse] = MappingProxyType({}),
) -> list[OwnSession]:
    """Return the sessions of a participant's programme, or one session, that are theirs, in order, and others with an established
    attendance.

    `excuses`: the last request about each session, where they are shown. One query (`established_of`), and one for actual
    times if the programme has changed since this process read it; two more for somebody who took over a place.
    """
    sessions = [it for it in programme.sessions if not it.is_break]
    prefetch_related_objects(sessions, "actual_time")
    participant = programme.participant
    established = established_of(programme)
    before = predecessors_of(participant)
    attended = []
    for session in sessions:
        row, is_theirs = established.get(session.pk), programme.is_theirs(session)
        if not is_theirs and row is None:
            continue
        times = wording.times_of(session)
        status = wording.status_of(row, times, participant.registered_at, now)
        state = shown_state(status, is_expected=is_theirs, otherwise=times.without_evidence(now))
        can_join = is_theirs and can_be_joined(session, now)
        last = excuses.get(session.pk)
        attended.append(OwnSession(session, state, row, status, last, can_join, settled_by(before, session)))
    return attended


def established_of(programme: OwnProgramme | ParticipantSession) -> dict[int, Attendance]:
    """Return what is established about the participant, by session. One query for all parts of a page."""
    if "established" not in programme.shared:
        rows = _established(participant=programme.participant.pk)
        programme.shared["established"] = {row.session_id: row for row in rows}
    established: dict[int, Attendance] = programme.shared["established"]
    return established


def seen_at(programme: OwnProgramme, session: Session, now: dt.datetime) -> Attendance | None:
    """Return what is recorded if the participant was seen at a session that has not ended. `session`: of the programme."""
    prefetch_related_objects([session], "actual_time")
    row, times = established_of(programme).get(session.pk), wording.times_of(session)
    status = wording.status_of(row, times, programme.participant.registered_at, now)
    return row if status is AttendanceStatus.HERE else None


def status_of_click(participant: Participant, session: Session) -> str | None:
    """Return what is recorded about somebody who clicked Join; None without a click that counts (`counts_for`). One query."""
    clicks = Evidence.objects.effective().filter(participant=participant, session=session, kind=Evidence.Kind.JOIN)
    recorded = Attendance.objects.filter(participant=participant, session=session)
    status = Coalesce(Subquery(recorded.values("status")[:1]), Value(""))
    rows = clicks.order_by().values_list("observed_at", status)
    return next((it for at, it in rows if counts_for(session, EvidenceKind.JOIN, at)), None)


@prepared
def _established() -> QuerySet[Attendance]:
    return Attendance.objects.established().filter(participant=Parameter("participant")).order_by()


def observations_of(participant: Participant, session: Session) -> list[Evidence]:
    """Return the observations of a participant at a session that have not been retracted, the first one first. One query."""
    return _observations(participant=participant.pk, session=session.pk)


@prepared
def _observations() -> QuerySet[Evidence]:
    of_cell = Evidence.objects.effective().filter(participant=Parameter("participant"), session=Parameter("session"))
    return of_cell.only("kind", "observed_at").order_by("observed_at", "pk")


def excuses_of(participant: Participant) -> dict[int, Excuse]:
    """Return the participant's last request about each session, by session."""
    excuses = Excuse.objects.filter(participant=participant).select_related("asked_by").order_by("asked_at", "pk")
    return {it.session_id: it for it in excuses}


def excuses_about(participant: Participant, session: Session) -> dict[int, Excuse]:
    """Return a participant's last request about one session, as `excuses_of`. One query."""
    return {it.session_id: it for it in _excuses_about(participant=participant.pk, session=session.pk)}


@prepared
def _excuses_about() -> QuerySet[Excuse]:
    about = Excuse.objects.filter(participant=Parameter("participant"), session=Parameter("session"))
    return about.select_related("asked_by").order_by("asked_at", "pk")


def own_standing(programme: OwnProgramme, sessions: Sequence[OwnSession], now: dt.datetime) -> Reasoned[Session]:
    """Return a participant's standing. `sessions`: their own, from `own_sessions`.

    What others have done who held their place before counts, too. Two more queries for somebody who took over a place.
    """
    before = [(it.rows, it.hand_over.at) for it in predecessors_of(programme.participant)]
    core = [it for it in programme.sessions if it.is_core and not it.is_cancelled and not it.is_break]
    own = {it.session.pk: it.attendance for it in sessions if it.attendance}
    judged = records_of_place(own, before, {it.pk: wording.times_of(it).ends_at for it in core})
    theirs = {it.session.pk for it in sessions} | judged.keys()
    statuses = standing.statuses_now(judged, core, programme.participant.registered_at, now)
    return standing.standing_of(statuses, [it for it in core if it.pk in theirs], now)
