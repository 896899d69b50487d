"""What a city's coordinators see of each person and core session, and what they can do about it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance import wording
from attendance.models import Excuse
from attendance.queries.own_attendance import CAN_STILL_ASK
from attendance.queries.standing import PersonStanding
from attendance.rules.shown_states import ShownState, shown_state
from programme.models import Delegation, Session

Requests = Mapping[tuple[int, int], Excuse]  # the last one, by participant and session


@dataclass(frozen=True)
class CityCell:
    """A person at a core session. `request`: their last request about it; `can_ask`: another can be sent for them."""

    session: Session
    state: ShownState
    request: Excuse | None
    can_ask: bool

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def label(self) -> str:
        return str(wording.STATES[self.state])


def requests_in(delegation: Delegation, sessions: Sequence[Session]) -> Requests:
    """Return the last request about each person of a city and session that was not withdrawn. One query."""
    of_city = Excuse.objects.filter(participant__delegation=delegation, session__in=sessions)
    of_city = of_city.exclude(state=Excuse.State.WITHDRAWN)
    latest = of_city.select_related("asked_by").order_by("asked_at", "pk")
    return {(it.participant_id, it.session_id): it for it in latest}


def cells_of(person: PersonStanding, core: Sequence[Session], requests: Requests, now: dt.datetime) -> list[CityCell]:
    """Return a person's cell for each core session."""
    is_registered = person.participant.is_registered
    cells = []
    for session in core:
        state = shown_state(
            person.statuses[session.pk],
            is_expected=is_registered,
            otherwise=wording.times_of(session).without_evidence(now),
        )
        last = requests.get((person.participant.pk, session.pk))
        is_open = last is not None and last.is_open
        cells.append(CityCell(session, state, last, is_registered and not is_open and state in CAN_STILL_ASK))
    return cells
