"""How a participant gets into a session's meeting."""

from dataclasses import dataclass

from django.conf import settings

from attendance.models import WayIn
from attendance.personal_links import platform_ids
from attendance.platforms import bigbluebutton, zoom
from programme.models import Participant, Session
from udtacademy.db.encryption import UnreadableError


@dataclass(frozen=True)
class MeetingLink:
    """The link into a meeting. `is_own`: made for this person. `is_missing_own`: there should be such a link, and is not."""

    url: str
    is_own: bool = False
    is_missing_own: bool = False


def link_for(participant: Participant, session: Session) -> MeetingLink:
    """Return the link for one person, at most one query; the session's link where the platform gives no other."""
    if meeting := bigbluebutton.meeting_in(session.meeting_url):
        name = participant.user.name or participant.user.email
        return MeetingLink(
            bigbluebutton.join_url(meeting, name=name, own_id=platform_ids.own_id(participant)), is_own=True
        )
    platform = settings.MEETING_PLATFORMS.zoom
    meeting = zoom.meeting_in(session.meeting_url)
    if not meeting or platform is None or not platform.registers:
        return MeetingLink(session.meeting_url)
    ways = WayIn.objects.filter(participant=participant, session=session, platform="zoom", meeting=meeting)
    way_in = ways.exclude(url="").first()
    try:
        return MeetingLink(way_in.url, is_own=True) if way_in else MeetingLink(session.meeting_url, is_missing_own=True)
    except UnreadableError:  # encrypted with a key that is gone
        return MeetingLink(session.meeting_url, is_missing_own=True)
