"""When people were in a meeting, from what its platform reported of it: plain values, no ORM, no clock.

Platforms send events late, twice, in any order, or not at all. The result depends only on which events there are
(docs/decisions/0063).
"""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise


class EventKind(enum.StrEnum):
    """What happened. ENDED is about the meeting, the others about one connection. OTHER: nothing that matters here."""

    JOINED = "joined"
    LEFT = "left"
    WAITING = "waiting"  # came into the waiting room, or was put back there
    STOPPED_WAITING = "stopped"
    ENDED = "ended"
    OTHER = "other"


@dataclass(frozen=True)
class Event:
    """One event. `instance`: one holding of the meeting; "" if the platform does not tell. `connection`: one way in of one
    person, unique in its instance; "" if the platform does not tell, so that a person has one. `person`: what the platform knows about them, the best kinds of identity sorted first.
    """

    kind: EventKind
    at: dt.datetime
    instance: str = ""
    connection: str = ""
    person: str = ""


@dataclass(frozen=True, order=True)
class Stay:
    """A time in the meeting. `ends_at`: None while it goes on. `is_estimated`: nobody reported its end."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_estimated: bool = False


@dataclass(frozen=True)
class Presence:
    """One person in a meeting. `stays` are in order and apart from each other."""

    stays: tuple[Stay, ...] = ()
    is_waiting: bool = False

    @property
    def is_inside(self) -> bool:
        return any(it.ends_at is None for it in self.stays)


def presences(events: Iterable[Event], *, closes_at: dt.datetime | None) -> dict[str, Presence]:
    """Return when each person was there. The order of the events, and how often each comes, is irrelevant.

    `closes_at`: ends the stays that nothing else ended; None while the session is running.
    """
    by_connection: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    ends: dict[str, set[dt.datetime]] = defaultdict(set)
    starts: dict[str, dt.datetime] = {}
    for event in events:
        if event.kind is EventKind.ENDED:
            ends[event.instance].add(event.at)
        elif event.kind is not EventKind.OTHER:
            whose = "" if event.connection else event.person
            by_connection[event.instance, event.connection, whose].append(event)
        if event.instance:
            starts[event.instance] = min(event.at, starts.get(event.instance, event.at))
    for earlier, at in superseded(starts):
        ends[earlier].add(at)
    found: dict[str, list[Presence]] = defaultdict(list)
    for (instance, *_connection), of_one in by_connection.items():
        person = min(event.person for event in of_one)  # an event may lack the address that another has
        found[person].append(presence(of_one, ends[instance], closes_at))
    return {person: united(parts) for person, parts in found.items()}


def superseded(starts: Mapping[str, dt.datetime]) -> Iterator[tuple[str, dt.datetime]]:
    """Yield each instance that was over when the next began: a meeting is held once at a time."""
    moments = sorted((at, instance) for instance, at in starts.items())
    for (_at, earlier), (next_at, _later) in pairwise(moments):
        yield earlier, next_at


def presence(events: Iterable[Event], ends: Iterable[dt.datetime], closes_at: dt.datetime | None) -> Presence:
    """Return the presence by one connection. `ends`: when its meeting was over."""
    kinds: dict[dt.datetime, set[EventKind]] = defaultdict(set)
    for event in events:
        kinds[event.at].add(event.kind)
    for at in ends:
        kinds[at].add(EventKind.ENDED)
    stays: list[Stay] = []
    since, is_waiting = None, False
    for at in sorted(kinds):
        now = kinds[at]
        is_waiting = EventKind.WAITING in now or (is_waiting and now <= {EventKind.LEFT})
        starts_at, is_out = since, bool(now & {EventKind.LEFT, EventKind.WAITING, EventKind.ENDED})
        if since is None and now & {EventKind.JOINED, EventKind.LEFT}:
            starts_at = at  # who leaves without having come was there, for a time that nobody knows
        comes_back = since is not None and EventKind.JOINED in now and EventKind.ENDED not in now
        if starts_at is not None and is_out and not comes_back:
            stays.append(Stay(starts_at, at))
            starts_at = None
        since = starts_at
    if since is not None:
        ends_at = None if closes_at is None else max(since, closes_at)
        stays.append(Stay(since, ends_at, is_estimated=ends_at is not None))
    return Presence(tuple(stays), is_waiting and closes_at is None and since is None)


def united(parts: Iterable[Presence]) -> Presence:
    """Return the presence of a person who had several connections, perhaps at once."""
    presences = list(parts)
    stays: list[Stay] = []
    for stay in sorted((it for part in presences for it in part.stays), key=lambda it: it.starts_at):
        last = stays[-1] if stays else None
        if last is None or (last.ends_at is not None and last.ends_at < stay.starts_at):
            stays.append(stay)
        elif last.ends_at is not None:
            stays[-1] = longer(last, stay)
    is_waiting = any(it.is_waiting for it in presences)
    whole = Presence(tuple(stays), is_waiting)
    return Presence(whole.stays, is_waiting and not whole.is_inside)


def longer(first: Stay, second: Stay) -> Stay:
    """Return two overlapping stays as one. Its end is reported if one of the latest is."""
    if first.ends_at is None or second.ends_at is None:
        return Stay(first.starts_at, None)
    latest = max(first.ends_at, second.ends_at)
    is_reported = any(it.ends_at == latest and not it.is_estimated for it in (first, second))
    return Stay(first.starts_at, latest, is_estimated=not is_reported)
