"""Rows of the programme table: a session as local values, as organisers type them. Pure functions."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from programme.errors import ProgrammeError
from programme.rules.local_times import FIRST_DAY, LAST_DAY

USUAL_LENGTH = dt.timedelta(hours=1)
PARSERS: dict[str, Any] = {
    "day": dt.date.fromisoformat,
    "start": dt.time.fromisoformat,
    "end": dt.time.fromisoformat,
}
WHEN = PARSERS.keys()


@dataclass(frozen=True)
class SessionRow:
    """The values of a session that the table shows.

    `day`, `start` and `end` are local to the edition; without a day, its date is only known in words. `track` and `room` are primary
    keys. `is_overnight`: it ends on a later day than it starts, which the table cannot change.
    """

    title: str = ""
    format: str = "online"
    day: dt.date | None = None
    start: dt.time | None = None
    end: dt.time | None = None
    track: int | None = None
    room: int | None = None
    is_core: bool = False
    status: str = "tentative"
    is_published: bool = False
    is_overnight: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the values by name, days and times in ISO 8601."""
        values = {name: getattr(self, name) for name in NAMES}
        return {name: value.isoformat() if name in WHEN and value else value for name, value in values.items()}

    def with_json(self, values: Mapping[str, Any]) -> Self:
        """Return the row with some values replaced, given as `as_json` returns them. Raises ValueError if they are none."""
        if not values.keys() <= {*NAMES}:
            raise ValueError("not the values of a row")
        parsed: dict[str, Any] = {
            name: PARSERS[name](value) if name in WHEN and value else value for name, value in values.items()
        }
        return replace(self, **parsed)

    @property
    def starts(self) -> dt.datetime | None:
        """Return the local start, naive; None without a time."""
        return dt.datetime.combine(self.day, self.start) if self.day and self.start else None

    @property
    def length(self) -> dt.timedelta:
        """Return how long it takes; the usual length without times, or if it ends on a later day."""
        if not self.day or not self.start or not self.end or self.is_overnight:
            return USUAL_LENGTH
        return dt.datetime.combine(self.day, self.end) - dt.datetime.combine(self.day, self.start)


NAMES = tuple(it.name for it in fields(SessionRow) if it.name != "is_overnight")  # in the order of the table


def changed_names(before: SessionRow, after: SessionRow) -> list[str]:
    """Return the names of the values that differ, in the order of the table."""
    return [name for name in NAMES if getattr(before, name) != getattr(after, name)]


def mistakes_in(row: SessionRow) -> dict[str, Any]:
    """Return what is wrong with a row, by the name of the value. The database refuses the same."""
    mistakes: dict[str, Any] = {}
    if not row.title:
        mistakes["title"] = _("Enter a title.")
    if row.day and not FIRST_DAY <= row.day <= LAST_DAY:
        mistakes["day"] = _("Enter a date between 2000 and 2099.")
    if row.start and not row.day:
        mistakes["day"] = _("Enter a day, or remove the times.")
    if row.end and not row.start:
        mistakes["start"] = _("Enter a start, or remove the end.")
    if row.start and not row.end:
        mistakes["end"] = _("Enter an end, or remove the start.")
    if row.start and row.end and row.end <= row.start and not row.is_overnight:
        mistakes["end"] = _("The session must end after it starts, on the same day.")
    if row.status == "confirmed" and not row.start:
        mistakes["status"] = _("A confirmed session needs a start and an end.")
    if row.format == "break" and row.is_core:
        mistakes["is_core"] = _("A break cannot be core, because nobody attends it.")
    return mistakes


def with_end(row: SessionRow, length: dt.timedelta) -> SessionRow:
    """Return the row with an end if it has a start but none: after `length`, but on the same day."""
    if not row.starts or row.end:
        return row
    end = row.starts + length
    return replace(row, end=end.time() if end.date() == row.day else dt.time(23, 59))


def shifted(row: SessionRow, by: dt.timedelta) -> SessionRow:
    """Return the row moved by local time.

    Raises ProgrammeError if it has nothing to move, or would end on another day or outside the years of the database.
    """
    if not row.day:
        raise ProgrammeError(_("“%(title)s” has no day to shift.") % {"title": row.title}, code="day_missing")
    if not row.starts and by % dt.timedelta(days=1):
        raise ProgrammeError(
            _("“%(title)s” has no time. Shift it by whole days.") % {"title": row.title}, code="time_missing"
        )
    try:
        starts = dt.datetime.combine(row.day, row.start or dt.time.min) + by
    except OverflowError:
        raise ProgrammeError(_("Enter a date between 2000 and 2099."), code="day_out_of_range") from None
    if not FIRST_DAY <= starts.date() <= LAST_DAY:
        raise ProgrammeError(_("Enter a date between 2000 and 2099."), code="day_out_of_range")
    if not row.starts:
        return replace(row, day=starts.date())
    ends = starts + row.length
    if row.is_overnight or ends.date() != starts.date():
        text = _("“%(title)s” would end after midnight. Change it on its own page.")
        raise ProgrammeError(text % {"title": row.title}, code="end_after_midnight")
    return replace(row, day=starts.date(), start=starts.time(), end=ends.time())


def meet(one: SessionRow, other: SessionRow) -> bool:
    """Return whether both are held at the same local time although they are not of different tracks (`sessions.clashes`).

    Sessions that end on a later day are left out.
    """
    if any(not it.starts or not it.end or it.is_overnight or it.status == "cancelled" for it in (one, other)):
        return False
    is_parallel = one.track and other.track and one.track != other.track
    spans = [(it.starts, it.starts + it.length) for it in (one, other) if it.starts]
    return not is_parallel and spans[0][0] < spans[1][1] and spans[1][0] < spans[0][1]


def newly_met(rows: Mapping[str, SessionRow], moved: Mapping[str, SessionRow]) -> list[str]:
    """Return the keys of the rows that stay and that a moved one meets, but did not before, in the order of `rows`."""
    return [
        key
        for key, row in rows.items()
        if key not in moved and any(meet(after, row) and not meet(rows[its], row) for its, after in moved.items())
    ]


def carried_along(rows: Mapping[str, SessionRow], keys: Iterable[str], by: dt.timedelta) -> dict[str, SessionRow]:
    """Return the rows moved, and with them, moved as far, all that they or those would meet. Raises ProgrammeError."""
    moved = {key: shifted(rows[key], by) for key in keys}
    while met := newly_met(rows, moved):
        moved |= {key: shifted(rows[key], by) for key in met}
    return moved


def following(rows: Iterable[SessionRow]) -> SessionRow:
    """Return a row to add: it begins where the last one ends, with the same day, format and room."""
    timed = [row for row in rows if row.starts and not row.is_overnight]
    if not timed:
        return SessionRow()
    last = max(timed, key=lambda row: (row.day, row.end))
    row = SessionRow(format=last.format, day=last.day, start=last.end, room=last.room)
    return with_end(row, last.length)
