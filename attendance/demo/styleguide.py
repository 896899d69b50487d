"""The door, core sessions and cells of the board for the style guide. Nothing is read or saved."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from attendance.models import Evidence
from attendance.rules.check_in import ScanAnswer
from attendance.rules.shown_states import ShownState
from attendance.rules.standing import Standing
from attendance.wording import ANSWERS, STANDINGS, STATES, SYMBOLS
from programme.demo.email_samples import COLLEAGUE, EDITION, GOVERNANCE, ORGANISER, PEER, PREPARING, TEAM
from programme.models import Participant
from udtacademy.devtools.styleguide import Part

PERSON = Participant(pk=1, delegation=TEAM, edition=EDITION, user=COLLEAGUE, state="registered")


def door() -> dict[str, Any]:
    """Return an answer of each kind, as at the door of a session."""
    evidence = Evidence(pk=1, observed_at=dt.datetime(2026, 11, 5, 10, 12, tzinfo=dt.UTC), by=ORGANISER)
    unknown = {ScanAnswer.UNKNOWN}
    return {
        "answers": [(answer, wording, None if answer in unknown else PERSON) for answer, wording in ANSWERS.items()],
        "evidence": evidence,
        "edition": EDITION,
        "session": GOVERNANCE,
        "problem": "The code is incomplete.",
    }


def core() -> dict[str, Any]:
    shown = ((PEER, ShownState.PRESENT), (PEER, ShownState.MISSED), (PREPARING, ShownState.TO_COME))
    return {
        "attended": [
            SimpleNamespace(session=session, state=state.value, symbol=SYMBOLS[state], state_label=STATES[state])
            for session, state in shown
        ]
    }


def board() -> dict[str, Any]:
    """Return each state of a cell and each standing, with their symbols and labels."""
    states = [(state.value, SYMBOLS[state], label) for state, label in STATES.items()]
    standings = [(standing.value, STANDINGS[standing]) for standing in Standing]
    return {"states": states, "standings": standings, "outcomes": [STATES[it] for it in list(STATES)[:4]]}


PARTS = [
    Part("core", "Attendance", "attendance/styleguide/_core.html", core),
    Part("door", "The door", "attendance/styleguide/_door.html", door),
    Part("board", "The board", "attendance/styleguide/_board.html", board, is_for_organisers=True),
]
