"""The timetable, slots of parallel sessions, and overlaps: pure functions."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any, Generic, Protocol, TypeVar

LARGEST_ROOM = 100_000  # people


class HasTime(Protocol):
    """Something with times: aware datetimes or None. Typed Any because mypy does not know the types of model fields yet."""

    @property
    def starts_at(self) -> Any: ...

    @property
    def ends_at(self) -> Any: ...


class HasTimes(HasTime, Protocol):
    @property
    def track_id(self) -> Any: ...

    @property
    def track_position(self) -> int: ...

    @property
    def is_break(self) -> bool: ...

    @property
    def is_unconfirmed(self) -> bool: ...

    @property
    def is_cancelled(self) -> bool: ...

    @property
    def local_day(self) -> dt.date | None: ...


S = TypeVar("S", bound=HasTimes)
T = TypeVar("T", bound=HasTime)


@dataclass(frozen=True)
class Slot(Generic[S]):
    """Sessions that overlap, in one column per track."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    columns: Sequence[Sequence[S]]

    @property
    def sessions(self) -> list[S]:
        return [session for column in self.columns for session in column]

    @property
    def is_break(self) -> bool:
        return all(session.is_break for session in self.sessions)


@dataclass(frozen=True)
class Day(Generic[S]):
    """A day of the timetable: sessions without a time, then slots in order of time."""

    on: dt.date
    without_time: Sequence[S]
    slots: Sequence[Slot[S]]

    @property
    def is_tentative(self) -> bool:
        """Return whether all its sessions are tentative and not past, breaks and cancelled ones left out; then the page says so once."""
        held = [s for slot in self.slots for s in slot.sessions if not s.is_cancelled and not s.is_break]
        return bool(held) and all(session.is_unconfirmed for session in held)


def on_now(sessions: Iterable[S], now: dt.datetime) -> list[S]:
    """Return the sessions and breaks that are running, cancelled ones left out."""
    timed = (it for it in sessions if it.starts_at and it.ends_at and not it.is_cancelled)
    return [it for it in timed if it.starts_at <= now < it.ends_at]


def coming_next(sessions: Iterable[S], now: dt.datetime) -> list[S]:
    """Return the sessions that start next, all at the same moment; breaks and cancelled ones are left out."""
    ahead = [it for it in sessions if it.starts_at and it.starts_at > now and not it.is_cancelled and not it.is_break]
    first = min((it.starts_at for it in ahead), default=None)
    return [it for it in ahead if it.starts_at == first]


def timetable(sessions: Iterable[S]) -> list[Day[S]]:
    """Return the days with their slots. Takes sessions in programme order; leaves out those without a day."""
    days = []
    dated = sorted((s for s in sessions if s.local_day), key=lambda s: s.local_day or dt.date.min)
    for on, group in groupby(dated, key=lambda s: s.local_day):
        members = list(group)
        days.append(
            Day(
                on=on or dt.date.min,
                without_time=[s for s in members if not s.starts_at],
                slots=slots([s for s in members if s.starts_at]),
            )
        )
    return days


def slots(sessions: Sequence[S]) -> list[Slot[S]]:
    """Group timed sessions, given in order of start, into slots of sessions that overlap. Raises ValueError without times."""
    return [as_slot(group) for group in overlapping(sessions)]


def overlapping(sessions: Iterable[T]) -> list[list[T]]:
    """Group timed sessions, given in order of start, so that none overlaps with one of another group.

    Raises ValueError without times.
    """
    groups: list[list[T]] = []
    until: dt.datetime | None = None
    for session in sessions:
        if session.starts_at is None or session.ends_at is None:
            raise ValueError("a slot needs sessions with times")
        if until is not None and session.starts_at < until:
            groups[-1].append(session)
            until = max(until, session.ends_at)
        else:
            groups.append([session])
            until = session.ends_at
    return groups


def as_slot(group: Sequence[S]) -> Slot[S]:
    columns: dict[int | None, list[S]] = {}
    for session in group:
        columns.setdefault(session.track_id, []).append(session)
    return Slot(
        starts_at=min(s.starts_at for s in group if s.starts_at),
        ends_at=max(s.ends_at for s in group if s.ends_at),
        columns=sorted(columns.values(), key=lambda column: column[0].track_position),
    )


def choice_slots(sessions: Sequence[S]) -> list[Slot[S]]:
    """Return the slots in which people choose one session: the largest groups of sessions running at the same moment.

    Takes timed sessions in order of start. A long session beside two short ones is in two slots.
    """
    groups: list[list[S]] = []
    running: list[S] = []
    for session in sessions:
        still_running = [other for other in running if other.ends_at > session.starts_at]
        if len(still_running) < len(running):
            groups.append(running)
        running = [*still_running, session]
    return [as_slot(group) for group in [*groups, running] if group]


def clashes(sessions: Sequence[S]) -> list[tuple[S, S]]:
    """Return the pairs that are held at the same time although they are not of different tracks.

    The constraint `session_parallel_only_across_tracks` refuses them.
    """
    return [
        (one, other)
        for one, other in combinations([it for it in sessions if not it.is_cancelled], 2)
        if overlap(one, other) and (not one.track_id or not other.track_id or one.track_id == other.track_id)
    ]


def overlap(one: HasTime, other: HasTime) -> bool:
    """Return whether the two overlap in time; False if one has no time."""
    if one.starts_at is None or one.ends_at is None or other.starts_at is None or other.ends_at is None:
        return False
    return bool(one.starts_at < other.ends_at and other.starts_at < one.ends_at)
