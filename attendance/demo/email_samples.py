"""A sample of each email about attendance, for the style guide. Nothing is read or saved."""

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from attendance.models import Certificate, Excuse, Seal
from attendance.rules.standing import Standing
from programme.calendars.files import absolute
from programme.demo.email_samples import COLLEAGUE, COORDINATOR, GOVERNANCE, LAB, PEER, TEAM, to_another, to_participant
from udtacademy.outbox.models import Message

PATHS = {
    "request_path": "/portal/udt-2026/attendance/peer-learning/request/",
    "city_path": "/portal/udt-2026/team/",
    "badge_path": "/me/udt-2026/badge/",
    "standing_path": "/admin/editions/udt-2026/standings/",
    "board_path": "/admin/editions/udt-2026/board/",
}
JOIN = absolute("/join/udt-2026/peer-learning/?key=sample")


def about_session(template: str, **values: Any) -> Message:
    return to_participant(template, COORDINATOR(), **({"session": PEER} | PATHS | values))


def answer(state: str, **values: Any) -> Message:
    return to_participant(f"excuse_{state}", excuse=Excuse(session=PEER, kind=Excuse.Kind.EXCUSE, **values))


def certificate(**values: Any) -> Certificate:
    return Certificate(code="7K3M9QPXT24W8D6RB5HN", **values)


SAMPLES: dict[str, Callable[[], Message]] = {
    "certificate_issued": lambda: to_participant("certificate_issued", certificate=certificate()),
    "certificate_revoked": lambda: to_participant(
        "certificate_revoked", certificate=certificate(revoked_reason="The name was misspelt.")
    ),
    "digest": lambda: to_another(
        "digest",
        counts=list(zip(Standing, (2, 9, 3, 1), strict=False)),
        cities=[SimpleNamespace(delegation=TEAM, summary="2 of 5 people can no longer meet the requirement.")],
        n_more=2,
        **PATHS,
    ),
    "excuse_approved": lambda: answer("approved", decision_reason="Get well soon."),
    "excuse_declined": lambda: answer("declined", decision_reason="The recording is already online."),
    "missed": lambda: about_session("missed"),
    "missed_city": lambda: about_session("missed_city", people=[str(COLLEAGUE), "Eeva Mäkinen"]),
    "missed_question": lambda: about_session("missed_question", people=[str(COLLEAGUE)]),
    "nudge": lambda: about_session("nudge", join_link=JOIN),
    "seal": lambda: to_another(
        "seal", seal=Seal(number=12, sealed_at=dt.datetime(2026, 9, 24, 15, 55, tzinfo=dt.UTC)), digest="7f3a" * 16
    ),
    "reminder": lambda: about_session(
        "reminder",
        reminders=[
            {"session": PEER, "join_link": JOIN} | PATHS,
            {"session": GOVERNANCE, "day": [LAB]} | PATHS,
        ],
        n_others=1,
        can_join=True,
        unsubscribe_url=absolute("/me/reminders/sample/"),
    ),
}
