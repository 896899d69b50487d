"""Which sessions a platform's meeting belongs to, by their meeting links."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from attendance.models import PlatformEvent, PlatformPerson
from attendance.models.actual_time import held_at
from attendance.models.platform import AROUND
from attendance.platforms import meetings_at
from programme.models import Session
from programme.models.session_queryset import SessionQuerySet

Meeting = tuple[str, str]  # platform, and its number of the meeting


def sessions_in(events: Iterable[PlatformEvent]) -> dict[Session, set[Meeting]]:
    """Return the sessions in whose hours something happened in their meetings. One query.

    A link may be that of several sessions: each is shown what happened around it.
    """
    moments: dict[Meeting, list[dt.datetime]] = defaultdict(list)
    for event in events:
        if event.meeting:
            moments[event.platform, event.meeting].append(event.occurred_at)
    if not moments:
        return {}
    first, last = (limit(map(limit, moments.values())) for limit in (min, max))
    found: dict[Session, set[Meeting]] = defaultdict(set)
    for session in held_around(first, last):
        assert session.starts_at  # noqa: S101 - selected
        assert session.ends_at  # noqa: S101
        since, until = session.starts_at - AROUND, session.ends_at + AROUND
        for meeting in meetings_at(session.meeting_url):
            if any(since <= at <= until for at in moments.get(meeting, ())):
                found[session].add(meeting)
    return found


def held_around(first: dt.datetime, last: dt.datetime) -> SessionQuerySet:
    """Return the sessions with a meeting that events between these moments can concern, with all that attendance follows from."""
    return with_meetings(Session.objects.filter(starts_at__lte=last + AROUND, ends_at__gte=first - AROUND))


def with_meetings(sessions: SessionQuerySet) -> SessionQuerySet:
    """Return those of some sessions that have a meeting, with all that attendance follows from."""
    held = sessions.exclude(meeting_url="").exclude(status=Session.Status.CANCELLED)
    return held.select_related("edition", "actual_time").order_by("pk")


def still_open(now: dt.datetime) -> list[tuple[Session, Meeting]]:
    """Return the meetings of sessions that are over in which, as far as is known, somebody still is. Two queries."""
    inside = PlatformPerson.objects.there_now().order_by().values_list("session", "platform", "meeting").distinct()
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    for session, platform, number in inside:
        meetings[session].append((platform, number))
    sessions = Session.objects.filter(pk__in=meetings).select_related("edition", "actual_time").order_by("pk")
    over = [it for it in sessions if (ends_at := held_at(it).ends_at) and ends_at <= now]
    return [(session, meeting) for session in over for meeting in sorted(meetings[session.pk])]


def now_ours(now: dt.datetime, since: dt.datetime) -> set[int]:
    """Return the events, by primary key, that came since then about a session's meeting, before it was the session's."""
    found: set[int] = set()
    for session in held_around(since, now):
        for meeting in meetings_at(session.meeting_url):
            events = PlatformEvent.objects.foreign().in_meeting(*meeting, session).filter(received_at__gt=since)
            found.update(events.order_by().values_list("pk", flat=True))
    return found
