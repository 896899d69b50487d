"""Give participants their own way into a meeting, so that the platform knows who they are and nobody has to be matched."""

import datetime as dt
import logging

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from attendance.models import WayIn
from attendance.platforms import zoom
from attendance.platforms.api import AT_A_CLICK, AT_LEISURE, ApiError
from attendance.platforms.zoom_api import register
from attendance.queries.platform_meetings import held_around
from attendance.queries.standing import expected_at
from programme.models import Participant, Session

logger = logging.getLogger(__name__)

AHEAD = dt.timedelta(hours=24)
MOST_AT_ONCE = 200
PAUSE = 120  # seconds, in which nobody's click waits for a platform that did not answer
ZOOM = "zoom"


def make_ways_in() -> int:
    """Register the people expected at sessions of the next day who have no link of their own. Return how many."""
    if not registers():
        return 0
    now = timezone.now()
    n = 0
    for session in held_around(now, now + AHEAD):
        is_near = session.starts_at and session.ends_at and session.starts_at <= now + AHEAD and session.ends_at > now
        if is_near and session.is_published and (meeting := zoom.meeting_in(session.meeting_url)):
            n += make_for(session, meeting, MOST_AT_ONCE - n)
    return n


def registers() -> bool:
    """Return whether participants are registered with Zoom."""
    platform = settings.MEETING_PLATFORMS.zoom
    return platform is not None and platform.registers


def make_for(session: Session, meeting: str, most: int) -> int:
    """Register people of one session, until Zoom refuses one. Return how many. Each is saved at once."""
    made = WayIn.objects.filter(session=session, platform=ZOOM, meeting=meeting).order_by().values("participant")
    people = expected_at(session).with_people().exclude(pk__in=made).order_by("pk")
    n = 0
    for participant in people[: max(0, most)]:
        if not make_way_in(participant, session, meeting, patience=AT_LEISURE):
            break
        n += 1
    return n


def ensure_way_in(participant: Participant, session: Session) -> None:
    """Register somebody who has just clicked Join, unless they have a link or Zoom does not answer quickly."""
    meeting = zoom.meeting_in(session.meeting_url)
    if not meeting or not registers() or is_paused(session):
        return
    about = {"participant": participant, "session": session, "platform": ZOOM, "meeting": meeting}
    if not WayIn.objects.filter(**about).exists() and not make_way_in(
        participant, session, meeting, patience=AT_A_CLICK
    ):
        pause(session)


def make_way_in(participant: Participant, session: Session, meeting: str, *, patience: float) -> bool:
    """Register one person and save their link. Return whether they have one. Outside a transaction: Zoom may be slow."""
    platform, user = settings.MEETING_PLATFORMS.zoom, participant.user
    assert platform  # noqa: S101 - `registers`
    try:
        registrant = register(platform, meeting, name=user.name or user.email, email=user.email, patience=patience)
    except ApiError as error:
        logger.warning("Zoom gave no link for the meeting of session %s: %s", session.pk, error)
        return False
    WayIn.objects.bulk_create(
        [
            WayIn(
                participant=participant,
                session=session,
                edition_id=session.edition_id,
                platform=ZOOM,
                meeting=meeting,
                own_id=registrant.number,
                url=registrant.url,
            )
        ],
        ignore_conflicts=True,  # the task and a click at once
    )
    return True


def paused_key(session: Session) -> str:
    return f"attendance:no-way-in:{session.pk}"


def is_paused(session: Session) -> bool:
    try:
        return cache.get(paused_key(session)) is not None
    except RedisError:
        return False


def pause(session: Session) -> None:
    """Let nobody's click wait for a while."""
    try:
        cache.set(paused_key(session), 1, timeout=PAUSE)
    except RedisError:
        logger.warning("The cache is unreachable; clicks may wait for Zoom")
