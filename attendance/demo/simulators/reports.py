"""The reports that simulated platforms keep of the meetings held with them, until they are fetched."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import cache

KEPT = 3 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Attended:
    """One time that somebody was in a simulated meeting. `own_id`: the registrant's number."""

    name: str
    joined_at: dt.datetime
    left_at: dt.datetime
    email: str = ""
    own_id: str = ""
    is_waiting: bool = False


@dataclass(frozen=True)
class Held:
    """One time that a simulated meeting was held. `number`: what the platform calls it."""

    number: str
    started_at: dt.datetime
    ended_at: dt.datetime
    attended: tuple[Attended, ...]


def keep_report(meeting: str, attended: Iterable[Attended]) -> Held:
    """Keep the report of a meeting that was held: of Zoom by its number, of Teams by its link."""
    people = tuple(attended)
    started_at, ended_at = min(it.joined_at for it in people), max(it.left_at for it in people)
    held = Held(f"/{int(started_at.timestamp())}//sim==", started_at, ended_at, people)
    cache.set(key_of(meeting), (*reports_of(meeting), held), timeout=KEPT)
    return held


def reports_of(meeting: str) -> tuple[Held, ...]:
    return tuple(cache.get(key_of(meeting), ()))


def key_of(meeting: str) -> str:
    return f"attendance:simulated-reports:{meeting}"
