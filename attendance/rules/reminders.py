"""Who is reminded of a session, when, and why others are not: plain values, no ORM, no clock.

Reminders are derived, not scheduled: for each offset ("a day before") the rule says what to do now. Moments are aware
datetimes. Reasons: docs/decisions/0013.
"""

import datetime as dt
import enum
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from programme.rules.quiet_hours import NO_QUIET_HOURS, QuietHours

JOINED_WITHIN = dt.timedelta(hours=1)  # reminders of an edition that are due in this time leave together
URGENT_OFFSET = dt.timedelta(hours=1)  # a reminder as close to its session does not wait for the morning
TIME_TO_READ = dt.timedelta(minutes=30)  # between a last reminder that waited and its session
NEXT_FOLLOWS = dt.timedelta(hours=1)  # a reminder that waited is left out if the next one follows as soon
UTC = ZoneInfo("UTC")


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
    QUIET = "quiet"
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
    quiet: QuietHours = NO_QUIET_HOURS  # of its edition

    @property
    def is_reminded_of(self) -> bool:
        """Return whether anybody can be reminded of it as it is."""
        return not (self.is_cancelled or self.is_tentative or self.is_switched_off)


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
    zone: ZoneInfo = UTC  # where it may be night


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

    @property
    def waits_for_morning(self) -> bool:
        return self.step is Step.HOLD and self.reason is SkipReason.QUIET


def useful_times(session: Coming) -> list[Useful]:
    """Return the useful time of each offset, the longest offset first."""
    offsets = sorted(set(session.offsets), reverse=True)
    moments = [*(session.starts_at - offset for offset in offsets), session.starts_at]
    return [Useful(offset, *moments[number : number + 2]) for number, offset in enumerate(offsets)]


def leaves_at(session: Coming, useful: Useful, zone: ZoneInfo, now: dt.datetime) -> dt.datetime | None:
    """Return when a reminder leaves that is due `now`, or at the beginning of its useful time if that is to come.

    At night it waits for the morning; an urgent one at most until its offset, if it leaves with an earlier one, and the last
    one not if it were too late then. None: it is left out, as the next one follows soon after the morning.
    """
    at = max(now, useful.since)
    morning = session.quiet.end_after(at, zone)
    if useful.offset <= URGENT_OFFSET:
        return min(morning, max(at, session.starts_at - useful.offset))
    if useful.until == session.starts_at:
        return morning if morning + TIME_TO_READ <= session.starts_at else at
    first_morning = session.quiet.end_after(useful.since, zone)
    is_followed = first_morning > useful.since and first_morning + NEXT_FOLLOWS > useful.until
    return None if is_followed else morning


@dataclass(frozen=True)
class Leaving:
    """A reminder of a `session`, and when it leaves where the edition is."""

    session: Hashable
    useful: Useful
    at: dt.datetime
    waits_at_night: bool = True


def joined(reminders: Sequence[Leaving], quiet: QuietHours, zone: ZoneInfo) -> list[dt.datetime]:
    """Return when each reminder of an edition leaves: with the first one that leaves within an hour before, as one email.

    Not earlier than its own offset allows (a quarter of an hour before: at most a quarter earlier), not with another one of the
    same session, and not at night because the first one cannot wait.
    """
    times = [it.at for it in reminders]
    first, sessions = None, set[Hashable]()
    for number in sorted(range(len(reminders)), key=lambda it: reminders[it].at):
        reminder = reminders[number]
        may_join = first is not None and (
            reminder.at - first <= min(JOINED_WITHIN, reminder.useful.offset)
            and reminder.session not in sessions
            and not (reminder.waits_at_night and quiet.is_quiet(first, zone))
        )
        if first is None or not may_join:
            first, sessions = reminder.at, set()
        times[number] = first
        sessions.add(reminder.session)
    return times


def moved_forward(useful: Sequence[Useful], since: Sequence[dt.datetime]) -> list[Useful]:
    """Return the useful times of a session's reminders once some leave earlier, each until the next one."""
    earlier = [replace(it, since=min(it.since, at)) for it, at in zip(useful, since, strict=True)]
    untils = [*(it.since for it in earlier[1:]), *(it.until for it in useful[-1:])]
    return [replace(it, until=until) for it, until in zip(earlier, untils, strict=True)]


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

    A person who was sent a new time within the offset needs no reminder. A change that has not been sent goes first. At night
    it waits, see `leaves_at`.
    """
    reason = against(session, reader)
    left_out = None if leaves_at(session, useful, reader.zone, now) else SkipReason.QUIET
    if now < useful.since:
        return PlannedStep(Step.LATER, reason or left_out)
    if reader.moved_at and reader.moved_at >= useful.since:
        return PlannedStep(Step.SKIP, SkipReason.COVERED)
    if now < useful.until:
        reason = reason or (SkipReason.CHANGING if reader.is_changing else None)
        if reason is None and leaves_at(session, useful, reader.zone, now) != now:
            reason = SkipReason.QUIET
        return PlannedStep(Step.HOLD, reason) if reason else PlannedStep(Step.SEND)
    if reader.registered_at >= useful.until:
        reason = SkipReason.REGISTERED_LATER
    return PlannedStep(Step.SKIP, reason or left_out or SkipReason.TOO_LATE)
