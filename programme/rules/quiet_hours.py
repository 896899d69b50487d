"""Quiet hours: when emails that can wait do not leave, by the clock of their reader. Plain values, no ORM, no clock.

Nights are intervals of instants, so that a night in which the clocks change is one night, whatever times are skipped or
come twice. Moments are aware datetimes; zones are the reader's. Reasons: docs/decisions/0056.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from programme.rules.local_times import instant_on, local_day

DAY = dt.timedelta(days=1)
LONGEST_NIGHT = dt.timedelta(hours=12)  # more would be a mistake, such as the two times exchanged
TIME_TO_ACT = dt.timedelta(hours=2)  # news of a session that begins sooner after a night does not wait for its end


@dataclass(frozen=True)
class QuietHours:
    """From when until when emails wait, in local time. If both are the same, they never do."""

    starts: dt.time
    ends: dt.time

    @property
    def is_off(self) -> bool:
        return self.starts == self.ends

    @property
    def length(self) -> dt.timedelta:
        """Return how long a night is without a change of the clocks."""
        on = dt.date(2000, 1, 1)
        return (dt.datetime.combine(on, self.ends) - dt.datetime.combine(on, self.starts)) % DAY

    @property
    def is_too_long(self) -> bool:
        return self.length > LONGEST_NIGHT

    def end_after(self, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """Return the end of the night in which a moment is, in the zone; the moment itself by day."""
        if self.is_off:
            return moment
        today = local_day(moment, zone)
        for day in (today - DAY, today):
            starts_at, ends_at = self.night_of(day, zone)
            if starts_at <= moment < ends_at:
                return ends_at
        return moment

    def is_quiet(self, moment: dt.datetime, zone: ZoneInfo) -> bool:
        return self.end_after(moment, zone) != moment

    def night_of(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """Return the beginning and the end (UTC) of the night that begins on a day."""
        last = day if self.ends > self.starts else day + DAY
        return instant_on(day, self.starts, zone), instant_on(last, self.ends, zone)

    def leaves_at(self, now: dt.datetime, zone: ZoneInfo, starts: Iterable[dt.datetime] = ()) -> dt.datetime:
        """Return when an email leaves that is written now: at the end of the night, or now.

        `starts`: of the sessions it is about, as they are and as its reader knows them. It does not wait if one of those to
        come begins during the night, or soon after it.
        """
        ends_at = self.end_after(now, zone)
        return now if any(now <= it < ends_at + TIME_TO_ACT for it in starts) else ends_at


NO_QUIET_HOURS = QuietHours(dt.time(), dt.time())
USUAL = QuietHours(dt.time(21), dt.time(7))  # of new editions
