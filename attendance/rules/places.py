"""What counts for a place that several people have held one after the other: plain values. Reasons: docs/decisions/0043."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from attendance.rules.attendance import BY_EVIDENCE, AttendanceStatus

Status = AttendanceStatus

# The best first. Of each session a place has the better record of those who held it.
BEST_RECORDS = (
    *(Status.PRESENT, Status.COUNTS, Status.MADE_UP, Status.CLICKED, Status.EXCUSED, Status.PARTIAL, Status.TO_DECIDE),
    *(Status.ABSENT, Status.NONE),
)
HANDED_ON = frozenset(BEST_RECORDS) - {Status.EXCUSED, Status.ABSENT, Status.NONE}  # whenever it was


class Record(Protocol):
    @property
    def status(self) -> str: ...

    @property
    def source(self) -> str: ...


R = TypeVar("R", bound=Record)


def is_handed_on(status: str, *, was_over: bool) -> bool:
    """Return whether a predecessor's recorded status counts for the place. `was_over`: the session, when they left.

    An excuse is for who asked: it does not excuse the successor from a session still to come. That the predecessor was
    absent is no record of the place: the successor can still make up.
    """
    return status in HANDED_ON or (status == Status.EXCUSED and was_over)


def record_of_place(own: R | None, before: Iterable[tuple[R, dt.datetime]], ends_at: dt.datetime | None) -> R | None:
    """Return the record of one session that counts for a place: the best of the present holder's and of what is handed on.

    `before`: each predecessor's record with when they left; `ends_at`: of the session, None while unknown.
    """
    candidates = [] if own is None else [own]
    for record, left_at in before:
        if is_handed_on(record.status, was_over=ends_at is not None and ends_at <= left_at):
            candidates.append(record)
    return min(candidates, key=rank, default=None)


def rank(record: Record) -> tuple[int, bool]:
    """Return the order of records, the best first; a decision before evidence, which settles nothing before the end."""
    return BEST_RECORDS.index(Status(record.status)), record.source in BY_EVIDENCE


def records_of_place(
    own: Mapping[int, R], before: Iterable[tuple[Mapping[int, R], dt.datetime]], ends: Mapping[int, dt.datetime | None]
) -> dict[int, R]:
    """Return the records that count for a place, by session. `ends`: the end of each session in question."""
    past = list(before)
    if not past:
        return dict(own)
    judged = {}
    for session, ends_at in ends.items():
        records = [(records[session], left_at) for records, left_at in past if session in records]
        if (record := record_of_place(own.get(session), records, ends_at)) is not None:
            judged[session] = record
    return judged
