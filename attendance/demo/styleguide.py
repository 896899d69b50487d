"""The door, kiosks, room screens, core sessions and cells of the board for the style guide. Nothing is read or saved."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from attendance.models import Evidence, Kiosk
from attendance.personal_links.badges import svg_of
from attendance.queries.room_screens import MissingCity, Room
from attendance.rules.check_in import ScanAnswer
from attendance.rules.shown_states import ShownState
from attendance.rules.standing import Standing
from attendance.rules.turnout import Turnout
from attendance.wording import ANSWERS, STANDINGS, STATES, SYMBOLS, kiosk_answer
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


def kiosk() -> dict[str, Any]:
    """Return what a kiosk says to people, the camera, and why a device checks nobody in."""
    answers = [
        kiosk_answer(it, "Mikko Laine") for it in (ScanAnswer.CHECKED_IN, ScanAnswer.ALREADY, ScanAnswer.UNKNOWN)
    ]
    made: dict[str, Any] = {"made_by": ORGANISER, "opened_at": dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)}
    revoked = Kiosk(revoked_at=made["opened_at"], revoked_by=ORGANISER, **made)
    return {
        "answers": answers,
        "refused": [(revoked, False), (Kiosk(**made), True), (Kiosk(**made), False), (None, False)],
    }


def room() -> dict[str, Any]:
    """Return the screen of a room: with a code and people missing, before the door opens, and when all are there."""
    now = dt.datetime(2026, 11, 5, 10, 12, tzinfo=dt.UTC)
    missing = [MissingCity("Girona", 3), MissingCity("Tampere", 2, ["Aino Virtanen", "Mikko Laine"])]
    some, nobody = Turnout(n_expected=30, n_there=25, n_others=1), Turnout(n_expected=30)
    everybody = Turnout(n_expected=30, n_there=29, n_excused=1)
    common: dict[str, Any] = {
        "session": GOVERNANCE,
        "now": now,
        "takes_codes": True,
        "opens_at": now - dt.timedelta(hours=1),
    }
    rooms: list[dict[str, Any]] = [
        {"room": Room(some, missing), "code": "7K3MPX", "qr": svg_of("https://academy.example/7K3MPX")},
        {"room": Room(nobody, [])},
        {"room": Room(everybody, []), "is_over": True},
    ]
    return {"rooms": [common | it for it in rooms]}


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
    Part("kiosk", "A kiosk and its camera", "attendance/styleguide/_kiosk.html", kiosk),
    Part("room", "The screen in a room", "attendance/styleguide/_room.html", room),
    Part("board", "The board", "attendance/styleguide/_board.html", board, is_for_organisers=True),
]
