"""What a city's coordinators see of each person and core session, and what they can do about it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance import wording
from attendance.models import Excuse
from attendance.queries import standing
from attendance.queries.own_attendance import CAN_STILL_ASK
from attendance.queries.standing import CityStanding, PersonStanding
from attendance.rules.shown_states import ShownState, shown_state
from programme.models import Delegation, Participant, Session

Requests = Mapping[tuple[int, int], Sequence[Excuse]]  # by participant and session, the latest last


@dataclass(frozen=True)
class CityCell:
    """A person at a core session, as a coordinator sees them.

    `request`: the last request that a coordinator sent for them. `is_waiting`: a request is open, from a coordinator or from them. `can_ask`: the
    coordinator can send one; `can_withdraw`: they can withdraw `request`, which they sent.
    """

    session: Session
    state: ShownState
    request: Excuse | None
    is_waiting: bool
    can_ask: bool
    can_withdraw: bool

    @property
    def symbol(self) -> str:
        return wording.SYMBOLS[self.state]

    @property
    def label(self) -> str:
        return str(wording.STATES[self.state])


@dataclass(frozen=True)
class CityPage:
    """A city's standing with its core sessions, and the cells of each of its people."""

    city: CityStanding
    core: Sequence[Session]
    people: Sequence[tuple[PersonStanding, Sequence[CityCell]]]

    def cell_of(self, participant: int, session_slug: str) -> CityCell | None:
        """Return the cell of a person, by primary key, at a core session; None if the page has none."""
        cells = [cell for person, cells in self.people if person.participant.pk == participant for cell in cells]
        return next((cell for cell in cells if cell.session.slug == session_slug), None)


def city_page(coordinator: Participant, now: dt.datetime) -> CityPage:
    """Return the page of the city that somebody coordinates. Seven queries; eight if core sessions are parallel."""
    edition = coordinator.edition
    core = standing.core_sessions(edition)
    (city,) = standing.cities_of(edition, now, among=[coordinator.delegation_id], core=core)
    requests = requests_in(coordinator.delegation, core)
    people = [(person, cells_of(person, coordinator, core, requests, now)) for person in city.people]
    return CityPage(city, core, people)


def requests_in(delegation: Delegation, sessions: Sequence[Session]) -> Requests:
    """Return the requests about each person of a city and session that were not withdrawn. One query."""
    excuses = Excuse.objects.filter(participant__delegation=delegation, session__in=sessions)
    excuses = excuses.exclude(state=Excuse.State.WITHDRAWN).select_related("asked_by").order_by("asked_at", "pk")
    requests: dict[tuple[int, int], list[Excuse]] = {}
    for excuse in excuses:
        requests.setdefault((excuse.participant_id, excuse.session_id), []).append(excuse)
    return requests


def cells_of(
    person: PersonStanding, coordinator: Participant, core: Sequence[Session], requests: Requests, now: dt.datetime
) -> list[CityCell]:
    """Return a person's cell for each core session."""
    participant = person.participant
    is_colleague = participant.is_registered and participant.pk != coordinator.pk
    own_core = {session.pk for session, _case in person.reasoned.cases}
    cells = []
    for session in core:
        is_expected = participant.is_registered and session.pk in own_core
        otherwise = wording.times_of(session).without_evidence(now)
        state = shown_state(person.statuses[session.pk], is_expected=is_expected, otherwise=otherwise)
        sent = requests.get((participant.pk, session.pk), ())
        request = next((excuse for excuse in reversed(sent) if excuse.asked_by_id), None)
        is_waiting = any(excuse.is_open for excuse in sent)
        cells.append(
            CityCell(
                session,
                state,
                request,
                is_waiting=is_waiting,
                can_ask=is_colleague and not is_waiting and state in CAN_STILL_ASK,
                can_withdraw=request is not None and request.is_open and request.asked_by_id == coordinator.user_id,
            )
        )
    return cells
