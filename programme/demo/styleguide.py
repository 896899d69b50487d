"""Sessions, timetables and choices of seats for the style guide. Nothing is read or saved."""

import datetime as dt
from copy import copy
from types import SimpleNamespace
from typing import Any

from programme.calendars.links import links_for_session
from programme.demo.email_samples import EDITION, GOVERNANCE, LAB, PEER, PREPARING, TECHNICAL, session
from programme.models import ActionPlanPart, ActionPlanStep, PeerFeedback, Session, Track
from programme.queries.action_plans import OwnStep
from programme.queries.participant_programme import OwnSeat
from programme.queries.peer_feedback import rubric_of
from programme.queries.seat_choices import Option, SlotChoice
from programme.rules.action_plans import PartState, is_due_soon, is_late
from programme.rules.session_filters import ALL, CORE, SessionFilter
from programme.rules.sessions import as_slot, timetable
from programme.rules.text_differences import differences
from udtacademy.devtools.styleguide import Part

NOW = dt.datetime(2026, 10, 1, 10, 0, tzinfo=dt.UTC)
DESCRIPTION = "Cities present a challenge each, and find the use case behind it together."
TRACKS = Track(pk=1, name="Governance", position=1), Track(pk=2, name="Technical", position=2)


def changed(one: Session, **values: Any) -> Session:
    """Return a published copy of a session with other values, which is never past."""
    other = copy(one)
    always: dict[str, Any] = {"is_published": True, "room": None, "is_past": lambda _now: False}
    for name, value in (always | values).items():
        setattr(other, name, value)
    return other


def without_time(number: int, hint: str = "", held_on: dt.date | None = None) -> Session:
    one = session(number, f"Action Plan presentation {number}", "2026-12-01T10:00")
    return changed(one, status="tentative", starts_at=None, ends_at=None, date_hint=hint, held_on=held_on)


def parallel(number: int) -> list[Session]:
    """Return two sessions at the same time, numbered from there; the second is full."""
    seats = ({"n_seats": 12, "n_held": 3, "n_waiting": 0}, {"n_seats": 10, "n_held": 10, "n_waiting": 3})
    return [
        changed(one, pk=number + place, track=TRACKS[place], n_offered=0, **seats[place])
        for place, one in enumerate((GOVERNANCE, TECHNICAL))
    ]


def sessions() -> dict[str, Any]:
    return {
        "sessions": [
            changed(PEER, description=DESCRIPTION),
            changed(PREPARING, is_core=False, status="tentative"),
            changed(PREPARING, status="cancelled", slug="cancelled"),
            changed(LAB, is_published=False, slug="hidden"),
            without_time(11, held_on=dt.date(2026, 11, 4)),
            without_time(12, "December"),
            without_time(13),
        ],
        "held_in": {LAB.pk},
        "links": links_for_session(PEER),
    }


def days() -> dict[str, Any]:
    pause = session(7, "Lunch", "2026-11-05T12:00", 60, format="break")
    cancelled = session(8, "Visit of the control room", "2026-11-05T13:00", 60, format="in_person")
    tentative = session(10, "Wrap-up", "2026-11-06T15:00", 60, format="in_person")
    day = [
        *parallel(20),
        changed(pause),
        changed(cancelled, status="cancelled"),
        changed(LAB),
        changed(tentative, status="tentative"),
    ]
    return {
        "days": timetable(day),
        "held_in": {LAB.pk},
        "filters": {ALL: "", CORE: "", SessionFilter("track", "governance"): "Governance"},
        "shown": CORE,
    }


def own() -> dict[str, Any]:
    """Return what the portal and a session's page show to somebody who takes part."""
    areas = [("Next", False), ("Programme", True), ("Tracks", False), ("Attendance", False), ("Badge", False)]
    first, second = parallel(60)
    pause = changed(session(7, "Coffee", "2026-11-05T12:00", 30, format="break"))
    cancelled = changed(second, status="cancelled", status_reason="The speaker is ill.")
    return {
        "tabs": [
            SimpleNamespace(area=SimpleNamespace(label=label), url="#own", is_current=is_current)
            for label, is_current in areas
        ],
        "seats": [own_seat("held"), own_seat("waiting"), None],
        "session": first,
        "edition": first.edition,
        "day": SimpleNamespace(sessions=[first, pause, cancelled, changed(LAB)], on=dt.date(2026, 11, 5)),
    }


def choices() -> dict[str, Any]:
    """Return a slot for somebody with a seat, for somebody who waits, and one that is closed."""
    return {
        "choices": [choice(30, "held", ""), choice(40, "", "waiting"), choice(50, "", "", is_open=False)],
        "answers": {},
        "now": NOW,
    }


def choice(number: int, *states: str, is_open: bool = True) -> SlotChoice:
    both = parallel(number)
    options = tuple(Option(one, own_seat(state)) for one, state in zip(both, states, strict=True))
    return SlotChoice(as_slot(both), options, is_open, asked_from=None, waited_for_beside={}, ways_back={})


def own_seat(state: str) -> OwnSeat | None:
    position = 2 if state == "waiting" else None
    return OwnSeat(state, position, is_promoted=False, offered_at=None, moved_from=None) if state else None


def plans() -> dict[str, Any]:
    """Return a step in each state, late and due soon as well, feedback, and two versions side by side."""
    soon, late = NOW + dt.timedelta(days=6), NOW - dt.timedelta(days=2)
    rows = [
        ("Challenge", PartState.FINAL, late),
        ("Use case", PartState.FEEDBACK, late),
        ("First draft", PartState.SUBMITTED, late),
        ("Second draft", PartState.DRAFT, late),
        ("Last draft", PartState.NOT_STARTED, soon),
        ("Presentation", PartState.NOT_STARTED, None),
    ]
    steps = []
    for place, (title, state, due) in enumerate(rows):
        step = ActionPlanStep(pk=place + 1, edition=EDITION, slug=f"step-{place}", title=title)
        part = ActionPlanPart(pk=place + 1, step=step, state=state) if state is not PartState.NOT_STARTED else None
        steps.append(
            OwnStep(
                step,
                PEER if due else None,
                due,
                part,
                is_late(state, due, NOW),
                is_due_soon(state, due, NOW),
                is_past=due == late,
            )
        )
    feedback = PeerFeedback(
        clarity=4, feasibility=2, benefit=3, strengths="The four squares.", suggestions="Begin with one."
    )
    before, after = "Four squares are too hot.\n\nWe count trees.", "Four squares are too hot.\n\nWe measure them."
    return {
        "edition": EDITION,
        "steps": steps,
        "feedback": feedback,
        "rubric": rubric_of(feedback),
        "differences": differences(before, after, with_empty_lines=True),
    }


PARTS = [
    Part("plans", "An Action Plan", "programme/styleguide/_plan.html", plans),
    Part("sessions", "Sessions and their badges", "programme/styleguide/_sessions.html", sessions),
    Part("days", "Days of the timetable", "programme/styleguide/_days.html", days),
    Part("own", "For somebody who takes part", "programme/styleguide/_own.html", own),
    Part("seats", "Choosing seats", "programme/styleguide/_seats.html", choices),
]
