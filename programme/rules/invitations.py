"""How far an invitation has come, and whether its person is reminded: plain values, with `now` as an argument."""

import datetime as dt
import enum
from dataclasses import dataclass

REMIND_AFTER = dt.timedelta(days=7)  # after the last email to the person was sent; once
PAUSE = dt.timedelta(hours=1)  # between two emails, by whomever


class Stage(enum.StrEnum):
    """How far an invitation has come. The first that holds counts.

    OPENED: the button on its page was pressed. OPEN: a link to forward, or an invitation whose email is not on record.
    """

    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OPENED = "opened"
    FAILED = "failed"
    QUEUED = "queued"
    SENT = "sent"
    OPEN = "open"


class Obstacle(enum.StrEnum):
    """Why nobody can be reminded of an invitation now."""

    IS_LINK = "is_link"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    IN_TEAM = "in_team"
    WAITING = "waiting"
    HAS_COORDINATOR = "has_coordinator"
    NOT_OPEN = "not_open"
    QUEUED = "queued"
    JUST_EMAILED = "just_emailed"


ENDED = {Stage.USED: Obstacle.USED, Stage.REVOKED: Obstacle.REVOKED, Stage.EXPIRED: Obstacle.EXPIRED}


@dataclass(frozen=True)
class InvitationFacts:
    """What is known about an invitation and the person it is for.

    `emailed_at`: when the last email was written; `sent_at`: when the last email left, None unless it was sent and not
    refused. `is_in_team`: registered in the city; `takes_part`: registered in the edition, or gone since the invitation.
    `is_waiting`: on the city's waiting list, and the invitation is of no use to them there.
    `has_room`: the quota has room for a newcomer, or the invitation is for the place of somebody registered.
    """

    stage: Stage
    is_personal: bool
    emailed_at: dt.datetime
    sent_at: dt.datetime | None = None
    is_in_team: bool = False
    takes_part: bool = False
    is_waiting: bool = False
    is_for_coordinator: bool = False
    has_coordinator: bool = False
    is_registration_open: bool = True
    has_room: bool = True
    was_reminded: bool = False  # by itself


def obstacle(facts: InvitationFacts, now: dt.datetime) -> Obstacle | None:
    """Return why the person cannot be reminded by hand now; None if they can."""
    if facts.stage in ENDED:
        return ENDED[facts.stage]
    reasons = {
        Obstacle.IS_LINK: not facts.is_personal,
        Obstacle.IN_TEAM: facts.is_in_team,
        Obstacle.WAITING: facts.is_waiting,
        Obstacle.HAS_COORDINATOR: facts.is_for_coordinator and facts.has_coordinator,
        Obstacle.NOT_OPEN: not facts.is_registration_open,
        Obstacle.QUEUED: facts.stage is Stage.QUEUED,
        Obstacle.JUST_EMAILED: now < facts.emailed_at + PAUSE,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def is_due(facts: InvitationFacts, now: dt.datetime) -> bool:
    """Return whether the person is reminded by itself now: once, a week after the last email to them was sent.

    Not if that email was refused, if they cannot register because the quota is full, or if they take part or have left.
    """
    if facts.was_reminded or facts.takes_part or not facts.has_room or facts.sent_at is None:
        return False
    return facts.sent_at + REMIND_AFTER <= now and obstacle(facts, now) is None
