"""Who is reminded of a session, when, and who is not and why: answered from plain values, no ORM, no clock.

Reminders are derived, not scheduled: of each lead ("a day before") the rule says what is to be done now. All moments are
aware datetimes. docs/decisions/0013 says why the rules are these.
"""

import datetime as dt
import enum
from dataclasses import dataclass


class SkipReason(enum.StrEnum):
    """Why somebody is not reminded."""

    CANCELLED = "cancelled"
    TENTATIVE = "tentative"
    SWITCHED_OFF = "switched_off"
    NO_SEAT = "no_seat"
    EXCUSED = "excused"
    MUTED = "muted"
    REGISTERED_LATER = "registered_later"
    COVERED = "covered"
    CHANGING = "changing"
    TOO_LATE = "too_late"


class Step(enum.StrEnum):
    """What is to be done about one reminder now."""

    LATER = "later"  # its time has not come
    SEND = "send"
    HOLD = "hold"  # its time has come, and something speaks against it, which may still change
    SKIP = "skip"  # its time is past


@dataclass(frozen=True)
class Coming:
    """A session that is held at a known time, and how long before it people are reminded."""

    starts_at: dt.datetime
    leads: tuple[dt.timedelta, ...]
    is_core: bool
    is_cancelled: bool = False
    is_tentative: bool = False
    is_switched_off: bool = False  # its edition reminds nobody


@dataclass(frozen=True)
class Recipient:
    """What matters about somebody registered in the session's edition."""

    registered_at: dt.datetime
    has_seat: bool = True
    is_excused: bool = False
    mutes_optional: bool = False
    is_changing: bool = False  # the session is not as they know it, and they are still to be told
    moved_at: dt.datetime | None = None  # when they were told that it is held at this time, and no longer at another


@dataclass(frozen=True)
class Useful:
    """From when until when one reminder is of use: until the next one is due, or the session begins."""

    lead: dt.timedelta
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class PlannedStep:
    step: Step
    reason: SkipReason | None = None


def useful_times(session: Coming) -> list[Useful]:
    """One for each lead, the longest first."""
    leads = sorted(set(session.leads), reverse=True)
    moments = [*(session.starts_at - lead for lead in leads), session.starts_at]
    return [Useful(lead, *moments[number : number + 2]) for number, lead in enumerate(leads)]


def against(session: Coming, reader: Recipient) -> SkipReason | None:
    """What speaks against reminding somebody of a session, at whatever time. Core sessions cannot be muted."""
    grounds = {
        SkipReason.CANCELLED: session.is_cancelled,
        SkipReason.TENTATIVE: session.is_tentative,
        SkipReason.SWITCHED_OFF: session.is_switched_off,
        SkipReason.NO_SEAT: not reader.has_seat,
        SkipReason.EXCUSED: reader.is_excused,
        SkipReason.MUTED: reader.mutes_optional and not session.is_core,
    }
    return next((reason for reason, holds in grounds.items() if holds), None)


def answer(session: Coming, reader: Recipient, useful: Useful, now: dt.datetime) -> PlannedStep:
    """What is to be done now about a reminder, for the session's present start, that was neither sent nor skipped.

    Whoever was told of the move within the lead has been reminded by that. A change that is not told yet goes first.
    """
    reason = against(session, reader)
    if now < useful.since:
        return PlannedStep(Step.LATER, reason)
    if reader.moved_at and reader.moved_at >= useful.since:
        return PlannedStep(Step.SKIP, SkipReason.COVERED)
    if now < useful.until:
        reason = reason or (SkipReason.CHANGING if reader.is_changing else None)
        return PlannedStep(Step.HOLD, reason) if reason else PlannedStep(Step.SEND)
    if reader.registered_at >= useful.until:
        reason = SkipReason.REGISTERED_LATER
    return PlannedStep(Step.SKIP, reason or SkipReason.TOO_LATE)
