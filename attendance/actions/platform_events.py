"""Keep what meeting platforms report, and make of it who was at which session and when.

A webhook only keeps its events (`keep_events`). `read_events` does the rest, by a task: soon after, or at beat's next tick.
"""

import datetime as dt
import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from attendance.actions.platform_people import follow_meeting
from attendance.models import PlatformEvent
from attendance.platforms import MODULES, events
from attendance.platforms.events import Person, ReadEvent, fuller, hashed
from attendance.queries.platform_meetings import Meeting, now_ours, sessions_in, still_open
from attendance.rules.meeting_events import EventKind
from udtacademy.db.encryption import UnreadableError

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 5000
LAST_TOOK = "attendance:read-events-took"  # the cache's key of how many seconds the last reading took
MOST_WAIT, FORGOTTEN = 60, 600  # seconds
LINK_MAY_FOLLOW = dt.timedelta(days=1)  # for so long a session may be given the link of a meeting that was held


def keep_events(platform: str, read: Iterable[ReadEvent]) -> None:
    """Store events, each once. Nothing else: the platform waits for the answer."""
    rows = [
        PlatformEvent(
            platform=platform,
            identity=it.identity,
            payload=it.payload,
            meeting=it.meeting,
            instance=it.instance,
            kind=it.kind.value,
            connection=hashed(it.connection) if it.connection else "",
            person="" if it.kind in {EventKind.ENDED, EventKind.OTHER} else it.person.key,
            occurred_at=it.at,
        )
        for it in read
    ]
    PlatformEvent.objects.bulk_create(rows, ignore_conflicts=True)


def read_events() -> int:
    """Read the events that nobody has read, and end what is over. Return how many were read.

    Two at once read different events; what follows from them takes all into account.
    """
    now, began = timezone.now(), time.monotonic()
    if late := now_ours(now, now - LINK_MAY_FOLLOW):
        PlatformEvent.objects.filter(pk__in=late).update(read_at=None)
    n = 0
    while n_read := read_some():
        n += n_read
    for session, meeting in still_open(now):
        with transaction.atomic():
            follow_meeting(session, meeting, {})
    note_duration(time.monotonic() - began)
    return n


def note_duration(seconds: float) -> None:
    """Let webhooks wait for as long as this reading took before they ask for the next, so that a long meeting takes half a worker at most."""
    with suppress(RedisError):
        cache.set(LAST_TOOK, math.ceil(min(seconds, MOST_WAIT)), timeout=FORGOTTEN)


@transaction.atomic
def read_some() -> int:
    """Read the first unread events and bring the sessions that they concern up to date. Return how many events."""
    rows = list(PlatformEvent.objects.unread().select_for_update(skip_locked=True).order_by("pk")[:MOST_AT_ONCE])
    if not rows:
        return 0
    concerned, people = sessions_in(rows), people_in(rows)
    for session, meetings in sorted(
        concerned.items(), key=lambda it: (it[0].edition_id, it[0].pk)
    ):  # locks in one order
        for meeting in sorted(meetings):
            follow_meeting(session, meeting, people.get(meeting, {}))
    ours = {meeting for meetings in concerned.values() for meeting in meetings}
    for is_ours in (True, False):
        pks = [row.pk for row in rows if ((row.platform, row.meeting) in ours) is is_ours]
        PlatformEvent.objects.filter(pk__in=pks).update(read_at=timezone.now(), is_ours=is_ours)
    return len(rows)


def people_in(rows: Iterable[PlatformEvent]) -> dict[Meeting, dict[str, Person]]:
    """Return what events say of people, by meeting and by the person's key."""
    found: dict[Meeting, dict[str, Person]] = defaultdict(dict)
    for row in rows:
        if row.person and (person := person_in(row)):
            by_key = found[row.platform, row.meeting]
            by_key[row.person] = fuller(by_key.get(row.person), person)
    return found


def person_in(row: PlatformEvent) -> Person | None:
    """Return what an event says of a person; None if its text was emptied, or is encrypted with a key that is gone."""
    try:
        payload = row.payload
        event: ReadEvent | None = MODULES[row.platform].read(payload) if payload else None
    except (UnreadableError, events.UnreadableError):
        logger.warning("The text of event %s cannot be read: its person has no name", row.pk)
        return None
    return event.person if event else None
