"""Participants' answers about themselves, and the secret link to their calendar."""

import datetime as dt
from dataclasses import dataclass, fields

from django.db import transaction

from programme.actions.locks import lock_participant
from programme.models import Participant
from programme.models.participant import new_calendar_token
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@dataclass(frozen=True)
class Stay:
    """When somebody comes to the in-person days and leaves. None: they have not said."""

    arrives_at: dt.datetime | None
    leaves_at: dt.datetime | None


@dataclass(frozen=True)
class Answers:
    """What somebody enters about themselves when they register. None: not asked, so the present value stays."""

    name: str
    job_title: str
    department: str
    hopes: str
    time_zone: str
    language: str | None = None
    dietary_needs: str | None = None
    accessibility_needs: str | None = None
    wants_expo_pass: bool | None = None
    photo_consent: bool | None = None
    stay: Stay | None = None


ABOUT_THE_USER = ("name", "language", "time_zone")


ABOUT_THE_PARTICIPANT = tuple(
    field.name for field in fields(Answers) if field.name not in {*ABOUT_THE_USER, "wants_expo_pass", "stay"}
)


def renew_calendar_link(*, participant: Participant) -> None:
    """Replace the secret link to a participant's calendar. The old link answers 404."""
    participant.calendar_token = new_calendar_token()
    participant.save(update_fields=["calendar_token", "calendar_hash"])


def take_answers(participant: Participant, answers: Answers) -> None:
    """Set the answers on participant and user, who is locked, and save the user only. An issued pass stays issued."""
    for name in ABOUT_THE_PARTICIPANT:
        if getattr(answers, name) is not None:
            setattr(participant, name, getattr(answers, name))
    if answers.wants_expo_pass is not None and participant.expo_pass != Participant.ExpoPass.ISSUED:
        passes = Participant.ExpoPass
        participant.expo_pass = passes.WANTED if answers.wants_expo_pass else passes.DECLINED
    if answers.stay is not None:
        participant.arrives_at, participant.leaves_at = answers.stay.arrives_at, answers.stay.leaves_at
    for name in ABOUT_THE_USER:
        if getattr(answers, name) is not None:
            setattr(participant.user, name, getattr(answers, name))
    participant.user.save(update_fields=list(ABOUT_THE_USER))


@transaction.atomic
def update_profile(*, participant: Participant, answers: Answers, by: User) -> None:
    """Save the answers somebody gave about themselves."""
    locked = lock_participant(participant)
    with acting(by):
        take_answers(locked, answers)
        locked.save()
