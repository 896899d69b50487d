"""Who is reminded of a session, when, and why others are not: plain values, no ORM, no clock.

Reminders are derived, not scheduled: for each offset ("a day before") the rule says what to do now. Moments are aware
datetimes. Reasons: docs/decisions/0013.
"""

import datetime as dt
import enum
from dataclasses import dataclass


class SkipReason(enum.StrEnum):
    """Why a person is not reminded."""

    CANCELLED = "cancelled"
    TENTATIVE = "tentative"
    SWITCHED_OFF = "switched_off"
    NO_SEAT = "no_seat"
    NOT_COMING = "not_coming"
    EXCUSED = "excused"
    MUTED = "muted"
    REGISTERED_LATER = "registered_later"
    COVERED = "covered"
    CHANGING = "changing"
    TOO_LATE = "too_late"


class Step(enum.StrEnum):
    """What to do about one reminder now."""

    LATER = "later"  # its time has not come
    SEND = "send"
    HOLD = "hold"  # its time has come, but there is a reason against it that may still disappear
    SKIP = "skip"  # its time is past


@dataclass(frozen=True)
class Coming:
    """A session with a known time, and how long before it reminders are sent (`offsets`)."""

    starts_at: dt.datetime
    offsets: tuple[dt.timedelta, ...]
    is_core: bool
    is_cancelled: bool = False
    is_tentative: bool = False
    is_switched_off: bool = False  # its edition sends no reminders


@dataclass(frozen=True)
class Recipient:
    """What matters about a person who is registered in the session's edition."""

    registered_at: dt.datetime
    has_seat: bool = True
    is_not_coming: bool = False  # they said so, and the session is in person
    is_excused: bool = False
    mutes_optional: bool = False
    is_changing: bool = False  # a change of the session has not been sent to them yet
    moved_at: dt.datetime | None = None  # when they were sent this new time of the session


@dataclass(frozen=True)
class Useful:
    """The time in which one reminder is useful: until the next one is due, or the session begins."""

    offset: dt.timedelta
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True)
class PlannedStep:
    """What to do about one person's reminder now, and the reason for not sending it."""

    step: Step
    reason: SkipReason | None = None


def useful_times(session: Coming) -> list[Useful]:
    """Return the useful time of each offset, the longest offset first."""
    offsets = sorted(set(session.offsets), reverse=True)
    moments = [*(session.starts_at - offset for offset in offsets), session.starts_at]
    return [Useful(offset, *moments[number : number + 2]) for number, offset in enumerate(offsets)]


def against(session: Coming, reader: Recipient) -> SkipReason | None:
    """Return the reason against reminding a person of a session at any time; None if there is none.

    Reminders of core sessions cannot be muted.
    """
    grounds = {
        SkipReason.CANCELLED: session.is_cancelled,
        SkipReason.TENTATIVE: session.is_tentative,
        SkipReason.SWITCHED_OFF: session.is_switched_off,
        SkipReason.NOT_COMING: reader.is_not_coming,
        SkipReason.NO_SEAT: not reader.has_seat,
        SkipReason.EXCUSED: reader.is_excused,
        SkipReason.MUTED: reader.mutes_optional and not session.is_core,
    }
    return next((reason for reason, holds in grounds.items() if holds), None)


def answer(session: Coming, reader: Recipient, useful: Useful, now: dt.datetime) -> PlannedStep:
    """Return what to do now about a reminder for the session's present start that was neither sent nor skipped.

    A person who was sent a new time within the offset needs no reminder. A change that has not been sent goes first.
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
