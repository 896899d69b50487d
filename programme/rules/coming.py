"""When people are asked whether they still come to the days in person, and until when they can answer: plain values.

Derived, not scheduled (decision 51). An answer and a question belong to the days they were given for. Moments are aware.
"""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from programme.rules.local_times import instant_on, local_day
from programme.rules.quiet_hours import USUAL, QuietHours
from programme.rules.windows import Window, window

MOST_DAYS_BEFORE = 60
ASKED_AT = dt.time(9)  # local time
REMINDED_BEFORE = 2  # days
PAUSE = dt.timedelta(days=1)  # between registering and the question, and between the question and its reminder


class ComingEmail(enum.StrEnum):
    """The emails that ask. Each goes to a person once for the same days."""

    QUESTION = "question"
    REMINDER = "reminder"


@dataclass(frozen=True)
class DaysInPerson:
    """The first and the last day in person. `starts_at`: of the first session, or the beginning of a day without times."""

    first_on: dt.date
    last_on: dt.date
    starts_at: dt.datetime

    @property
    def key(self) -> str:
        """Return the days as a form has them: "2025-11-06/2025-11-07"."""
        return f"{self.first_on}/{self.last_on}"

    def are(self, first_on: dt.date, last_on: dt.date) -> bool:
        return (first_on, last_on) == (self.first_on, self.last_on)


@dataclass(frozen=True)
class ComingRule:
    """When an edition asks about its days in person. `reminds_at`: None if the question goes out shortly before.

    `quiet`: when emails wait, by the clock of their reader; `zone`: the edition's.
    """

    days: DaysInPerson
    asks_at: dt.datetime
    reminds_at: dt.datetime | None
    zone: ZoneInfo
    quiet: QuietHours

    @property
    def ends_at(self) -> dt.datetime:
        """Return until when people can answer, or change their answer: the start of the first session in person."""
        return self.days.starts_at

    def window(self, now: dt.datetime) -> Window:
        return window(self.asks_at, self.ends_at, now)

    def is_open(self, now: dt.datetime) -> bool:
        return self.window(now) is Window.OPEN

    def leaves_at(self, email: ComingEmail) -> dt.datetime | None:
        """Return when the question or its reminder leaves where the edition is; None if it has no reminder."""
        at = self.asks_at if email is ComingEmail.QUESTION else self.reminds_at
        return at and self.quiet.end_after(at, self.zone)

    def is_quiet(self, now: dt.datetime, zone: ZoneInfo | None) -> bool:
        """Return whether an email to somebody waits, as it is night where they are. `zone`: theirs; None: the edition's."""
        return self.quiet.is_quiet(now, zone or self.zone)

    def asks(self, registered_at: dt.datetime, now: dt.datetime) -> bool:
        """Return whether somebody is asked by now. Who has just registered has just said that they come."""
        return self.is_open(now) and now >= registered_at + PAUSE


@dataclass(frozen=True)
class Asked:
    """What matters about somebody registered. `asked_at`: when the question was written for these days, if it was.

    `is_expected`: a session in person is in their programme, or was until they said that they do not come.
    """

    registered_at: dt.datetime
    is_expected: bool = True
    has_answered: bool = False
    asked_at: dt.datetime | None = None
    was_reminded: bool = False
    zone: ZoneInfo | None = None  # theirs, if they chose one


def days_in_person(starts: Iterable[dt.datetime], held: Iterable[dt.date], zone: ZoneInfo) -> DaysInPerson | None:
    """Return the days of sessions in person, given when some start and on which days others are held; None without any."""
    starts = list(starts)
    days = {*(local_day(it, zone) for it in starts), *held}
    if not days:
        return None
    first = min(days)
    of_first = [it for it in starts if local_day(it, zone) == first]
    return DaysInPerson(first, max(days), min(of_first, default=instant_on(first, dt.time(), zone)))


def coming_rule(
    days: DaysInPerson | None, days_before: int, zone: ZoneInfo, quiet: QuietHours = USUAL
) -> ComingRule | None:
    """Return when an edition asks; None if it does not ask, because that is switched off (0) or nothing is in person.

    A question is never urgent: an edition without quiet hours of its own has the usual ones for it.
    """
    if days is None or not days_before:
        return None
    asks_at, reminds_at = (
        instant_on(days.first_on - dt.timedelta(days=n), ASKED_AT, zone) for n in (days_before, REMINDED_BEFORE)
    )
    reminds = days_before > REMINDED_BEFORE
    return ComingRule(days, asks_at, reminds_at if reminds else None, zone, USUAL if quiet.is_off else quiet)


def due_email(rule: ComingRule, person: Asked, now: dt.datetime) -> ComingEmail | None:
    """Return the email that a person is to get now, if any: the question, then one reminder a day later at the earliest."""
    if person.has_answered or not person.is_expected:
        return None
    if not rule.asks(person.registered_at, now) or rule.is_quiet(now, person.zone):
        return None
    if person.asked_at is None:
        return ComingEmail.QUESTION
    if person.was_reminded or rule.reminds_at is None or now < max(rule.reminds_at, person.asked_at + PAUSE):
        return None
    return ComingEmail.REMINDER


def holds(
    answered_at: dt.datetime, days: tuple[dt.date, dt.date], now_days: DaysInPerson, registered_at: dt.datetime
) -> bool:
    """Return whether an answer still holds: given for the same days, and since the person registered the last time."""
    return now_days.are(*days) and answered_at >= registered_at
