"""The content of a meeting platform's attendance file as plain values: no ORM, no clock.

Moments are aware datetimes in UTC. A `ParsedRow` is one line of the file, a `ParsedPerson` everything under one name
and address.
"""

import datetime as dt
import enum
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from programme.errors import ProgrammeError

Interval = tuple[dt.datetime, dt.datetime]

FAR_FROM_SESSION = dt.timedelta(hours=12)
NOBODY_FOR = dt.timedelta(hours=6)  # this long without anybody separates two meetings
MOST_MEETINGS = 200  # each becomes a report of its own


class ReportError(ProgrammeError):
    """A file that cannot be read. Its text tells the organiser what is wrong and what to do."""


class Flag(enum.StrEnum):
    """What a file says about a person beside their times."""

    HOST = "host"  # ran the meeting; includes a webinar's panelists
    ROBOT = "robot"  # a note-taking program
    WAITED = "waited"  # in the waiting room, which is not attendance
    ESTIMATED = "estimated"  # the file has no leave time: they count until the session's end
    APPROXIMATE = "approximate"  # minutes without times
    ABSENT = "absent"  # listed as not having attended


class Doubt(enum.StrEnum):
    """What an organiser has to confirm, because the file leaves it open."""

    ENCODING = "encoding"
    DATE_ORDER = "date_order"
    LABELS = "labels"


class DateOrder(enum.StrEnum):
    """Whether day or month comes first in a date."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True)
class Hints:
    """What the file does not say: the zone of its clock, the time of the session, and what an organiser has confirmed.

    `is_zone_chosen`: read the times in `zone`, even if the file names another.
    """

    zone: ZoneInfo
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    date_order: DateOrder | None = None
    encoding: str = ""
    is_zone_chosen: bool = False


@dataclass(frozen=True)
class ParsedRow:
    """One line about one person. `minutes`: if the line has no times, or only the first and the last.

    `second_name` and `second_email` are what the person registered with, beside what the meeting shows.
    """

    line: int
    name: str
    original_name: str = ""
    email: str = ""
    interval: Interval | None = None
    minutes: float | None = None
    flags: frozenset[Flag] = frozenset()
    meeting: str = ""  # the meeting's name, in a file with several
    second_name: str = ""
    second_email: str = ""
    account: str = ""  # distinguishes people of the same name without an address

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what identifies a person: the whole name, the registered name, the address or else the account."""
        return self.name, self.second_name, self.email.casefold(), self.account.casefold()


@dataclass(frozen=True)
class ParsedPerson:
    """Everything that a file has under one name and address. `intervals` are merged and in order."""

    name: str
    original_name: str
    email: str
    n_lines: int
    intervals: tuple[Interval, ...]
    minutes: float
    flags: frozenset[Flag]
    second_name: str = ""
    second_email: str = ""


@dataclass(frozen=True)
class ParsedReport:
    """A file as it was understood.

    `zone`: the time zone it was read in where the file names none. `named_zone`: the zone the file names. `meta`: what
    the file says about the meeting itself.
    """

    platform: str
    layout: str
    zone: str
    encoding: str
    date_order: DateOrder | None
    rows: Sequence[ParsedRow]
    meta: dict[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    doubts: frozenset[Doubt] = frozenset()
    named_zone: str = ""

    @property
    def intervals(self) -> list[Interval]:
        """Return the union of all intervals, in order."""
        return merged(row.interval for row in self.rows if row.interval)

    @property
    def first_join(self) -> dt.datetime | None:
        return min((row.interval[0] for row in self.rows if row.interval), default=None)

    def is_far_from(self, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Return whether all its times are more than twelve hours away from a session."""
        since, until = starts_at - FAR_FROM_SESSION, ends_at + FAR_FROM_SESSION
        intervals = self.intervals
        return bool(intervals) and not any(start <= until and end >= since for start, end in intervals)


def merged(intervals: Iterable[Interval], *, gap: dt.timedelta = dt.timedelta()) -> list[Interval]:
    """Return the union of intervals, in order. Intervals at most `gap` apart become one."""
    union: list[Interval] = []
    for start, end in sorted(intervals):
        if union and start <= union[-1][1] + gap:
            union[-1] = union[-1][0], max(union[-1][1], end)
        else:
            union.append((start, end))
    return union


def people_of(rows: Iterable[ParsedRow]) -> list[ParsedPerson]:
    """Return a person for each name, address and account, in the order of the file."""
    by_key: dict[tuple[str, str, str, str], list[ParsedRow]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    return [person_of(of_one_person) for of_one_person in by_key.values()]


def person_of(rows: Sequence[ParsedRow]) -> ParsedPerson:
    """Return the person that rows of one key describe."""
    intervals = merged(row.interval for row in rows if row.interval)
    total = sum((end - start for start, end in intervals), dt.timedelta()).total_seconds() / 60
    total += sum(row.minutes for row in rows if row.minutes is not None)
    flags = frozenset[Flag]().union(*(row.flags for row in rows))
    if any(Flag.ABSENT not in row.flags for row in rows):
        flags -= {Flag.ABSENT}
    return ParsedPerson(
        name=rows[0].name,
        original_name=rows[0].original_name,
        email=rows[0].email,
        n_lines=len(rows),
        intervals=tuple(intervals),
        minutes=round(total, 2),
        flags=flags,
        second_name=rows[0].second_name,
        second_email=next((row.second_email for row in rows if row.second_email), ""),
    )


def meetings_of(report: ParsedReport) -> list[list[ParsedRow]]:
    """Return the rows by meeting, in order of time.

    A file separates meetings by their names; of one name, each time the meeting was held is separate if nobody was
    there for hours in between. Rows without times go with the first. Raises ReportError for more than MOST_MEETINGS.
    """
    named: dict[str, list[ParsedRow]] = {}
    for row in report.rows:
        named.setdefault(row.meeting, []).append(row)
    meetings = [held for rows in named.values() for held in occurrences_of(rows)]
    check_number(len(meetings))
    return sorted(meetings, key=first_moment)


def occurrences_of(rows: Sequence[ParsedRow]) -> list[list[ParsedRow]]:
    """Return the rows of one meeting by the time it was held, in order of time."""
    spans = merged((row.interval for row in rows if row.interval), gap=NOBODY_FOR)
    if len(spans) < 2:
        return [list(rows)]
    check_number(len(spans))
    occurrences: list[list[ParsedRow]] = [[] for _span in spans]
    ends = [end for _start, end in spans]
    for row in rows:
        occurrences[bisect_left(ends, row.interval[0]) if row.interval else 0].append(row)
    return occurrences


def check_number(n_meetings: int) -> None:
    """Raise ReportError for more than MOST_MEETINGS."""
    if n_meetings > MOST_MEETINGS:
        text = _(
            "The file contains more than %(n)s meetings. Download the report of one meeting or of a shorter period."
        )
        raise ReportError(text % {"n": MOST_MEETINGS}, code="too_many_meetings")


def first_moment(rows: Sequence[ParsedRow]) -> dt.datetime:
    """Return the first moment of rows; the latest possible one if they have none."""
    return min((row.interval[0] for row in rows if row.interval), default=dt.datetime.max.replace(tzinfo=dt.UTC))
