"""Ask BigBlueButton who is in its meetings, where it sends no webhooks, and keep what has changed since the last answer."""

import logging

from django.conf import settings
from django.utils import timezone

from attendance.actions.platform_events import keep_events, read_events
from attendance.models import PlatformEvent
from attendance.models.platform import AROUND
from attendance.platforms import bigbluebutton
from attendance.platforms.events import ReadEvent, UnreadableError
from attendance.queries.platform_meetings import held_around
from attendance.rules.meeting_events import EventKind

logger = logging.getLogger(__name__)

PLATFORM = "bigbluebutton"


def poll_meetings() -> int:
    """Keep who came and went in the meetings of the sessions of these hours. Return how many events."""
    platform, now = settings.MEETING_PLATFORMS.bigbluebutton, timezone.now()
    if platform is None or not platform.polls:
        return 0
    meetings = {it for session in held_around(now, now) if (it := bigbluebutton.meeting_in(session.meeting_url))}
    if not meetings:
        return 0
    try:
        answer = bigbluebutton.people_now(platform, now)
    except UnreadableError as error:
        logger.warning("BigBlueButton does not tell who is there: %s", error)
        return 0
    events = [
        event
        for meeting in sorted(meetings)
        for event in bigbluebutton.changes(inside(meeting), answer.get(meeting, {}), now)
    ]
    keep_events(PLATFORM, events)
    read_events()
    return len(events)


def inside(meeting: str) -> list[ReadEvent]:
    """Return the latest arrival of each person who was there at the last answer."""
    since = timezone.now() - AROUND
    rows = PlatformEvent.objects.filter(platform=PLATFORM, meeting=meeting, occurred_at__gt=since).exclude(payload="")
    latest = {row.connection: row for row in rows.order_by("occurred_at", "pk") if row.connection}
    events = (bigbluebutton.read(it.payload) for it in latest.values() if it.kind == EventKind.JOINED)
    return [it for it in events if it.connection.startswith(bigbluebutton.POLLED)]
