"""Give participants their own way into a meeting, so that the platform knows who they are and nobody has to be matched."""

import datetime as dt
import enum
import logging

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from attendance.models import WayIn
from attendance.platforms import zoom
from attendance.platforms.api import AT_A_CLICK, AT_LEISURE, ApiError
from attendance.platforms.zoom_api import Refused, refused, register
from attendance.queries.expected import expected_at
from attendance.queries.platform_meetings import held_around
from programme.models import Participant, Session

logger = logging.getLogger(__name__)

AHEAD = dt.timedelta(hours=24)
MOST_AT_ONCE = 200
MOST_REFUSED = 3  # one after another: it is hardly about them
ZOOM = "zoom"


class Failure(enum.Enum):
    """Why there is no link. The value: for how long Zoom is not asked again."""

    PERSON = dt.timedelta(hours=6)
    MEETING = dt.timedelta(hours=3)
    NO_ANSWER = dt.timedelta(minutes=2)


FAILURES = {Refused.PERSON: Failure.PERSON, Refused.MEETING: Failure.MEETING, None: Failure.NO_ANSWER}
STOPS = {Failure.MEETING, Failure.NO_ANSWER}


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
    """Register people of one session, each saved at once. Return how many.

    Whom Zoom refuses is skipped, for hours. It stops when Zoom refuses the meeting, several people one after another, or does not answer.
    """
    have_one = WayIn.objects.filter(session=session, platform=ZOOM, meeting=meeting).exclude(url="")
    people = expected_at(session).with_people().exclude(pk__in=have_one.order_by().values("participant")).order_by("pk")
    n = n_refused = 0
    for participant in [it for it in people if not is_paused(session, meeting, it)][: max(0, most)]:
        refused = make_way_in(participant, session, meeting, patience=AT_LEISURE)
        n, n_refused = (n, n_refused + 1) if refused else (n + 1, 0)
        if refused in STOPS or n_refused == MOST_REFUSED:
            break
    return n


def ensure_way_in(participant: Participant, session: Session) -> None:
    """Register somebody who has just clicked Join, unless they have a link or Zoom does not answer quickly."""
    meeting = zoom.meeting_in(session.meeting_url)
    if not meeting or not registers() or is_paused(session, meeting, participant):
        return
    about = {"participant": participant, "session": session, "platform": ZOOM, "meeting": meeting}
    if not WayIn.objects.filter(**about).exclude(url="").exists():
        make_way_in(participant, session, meeting, patience=AT_A_CLICK)


def make_way_in(participant: Participant, session: Session, meeting: str, *, patience: float) -> Failure | None:
    """Register one person and save their link, or pause for what failed. Return what that is. Outside a transaction: Zoom may be slow."""
    platform, user = settings.MEETING_PLATFORMS.zoom, participant.user
    assert platform  # noqa: S101 - `registers`
    try:
        registrant = register(platform, meeting, name=user.name or user.email, email=user.email, patience=patience)
    except ApiError as error:
        logger.warning("Zoom gave no link for the meeting of session %s: %s", session.pk, error)
        failure = FAILURES[refused(error)]
        pause(session, meeting, participant, failure)
        return failure
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
        update_conflicts=True,  # the task and a click at once, or a link that was emptied
        unique_fields=["session", "participant", "platform", "meeting"],
        update_fields=["own_id", "url", "made_at"],
    )
    return None


def keys_of(session: Session, meeting: str, participant: Participant) -> tuple[str, str]:
    """Return the cache's keys of what concerns everybody of a session's meeting, and of what concerns one person there."""
    of_all = f"attendance:no-way-in:{session.pk}:{meeting}"
    return of_all, f"{of_all}:{participant.pk}"


def is_paused(session: Session, meeting: str, participant: Participant) -> bool:
    """Return whether Zoom is not asked for a person's link now."""
    try:
        return bool(cache.get_many(keys_of(session, meeting, participant)))
    except RedisError:
        return False


def pause(session: Session, meeting: str, participant: Participant, failure: Failure) -> None:
    """Do not ask for this person, or for nobody, for a while: nobody's click waits for what has just failed."""
    of_all, of_one = keys_of(session, meeting, participant)
    try:
        cache.set(of_one if failure is Failure.PERSON else of_all, 1, timeout=failure.value.total_seconds())
    except RedisError:
        logger.warning("The cache is unreachable; clicks may wait for Zoom")
