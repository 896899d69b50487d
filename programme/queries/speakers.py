"""Speakers of sessions: who has answered, whom to remind, and what of them is shown (decision 74)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from programme.models import Edition, Session, SessionSpeaker, Speaker
from programme.models.speaker import SpeakerQuerySet

REMIND_AFTER = dt.timedelta(days=7)  # once, by itself


@dataclass(frozen=True)
class SessionWithSpeakers:
    """A session, and its speakers in order."""

    session: Session
    speakers: Sequence[SessionSpeaker]


def speakers_shown(session: Session) -> list[SessionSpeaker]:
    """Return the speakers whom a session's page shows, with their pictures' facts but not their content. One query; none if it
    shows nobody.
    """
    if not session.shown_speakers:
        return []
    rows = session.speakers.shown().select_related("speaker__picture")
    return list(rows.defer("speaker__picture__content", "speaker__link_token"))


def sessions_to_answer(speaker: Speaker, now: dt.datetime) -> list[SessionSpeaker]:
    """Return the sessions to come for which a speaker has not said whether they come, as `SpeakerQuerySet.unanswered`."""
    coming = [it for it in sessions_of(speaker) if not it.session.is_past(now) and not it.session.is_cancelled]
    return [it for it in coming if it.is_open]


def sessions_of(speaker: Speaker) -> list[SessionSpeaker]:
    """Return all sessions of a speaker, in order of time."""
    rows = speaker.sessions.select_related("session__room__venue", "session__track")
    listed = list(rows.order_by("session__starts_at", "session__held_on", "pk"))
    for row in listed:
        row.session.edition, row.speaker = speaker.edition, speaker
    return listed


def editions_to_remind(now: dt.datetime) -> QuerySet[Edition]:
    """Return the editions in which speakers were asked a week ago and never reminded since, whether they have answered or not."""
    asked = Speaker.objects.filter(invited_at__lte=now - REMIND_AFTER, reminded_at=None)
    return Edition.objects.filter(pk__in=asked.order_by().values("edition")).order_by("pk")


def due_for_reminder(edition: Edition, now: dt.datetime) -> SpeakerQuerySet:
    """Return the speakers to remind by itself: asked a week ago, never reminded since, and with something to answer."""
    return Speaker.objects.unanswered(edition, now).filter(invited_at__lte=now - REMIND_AFTER, reminded_at=None)


def sessions_with_speakers(edition: Edition) -> list[SessionWithSpeakers]:
    """Return all sessions of an edition but breaks, with their speakers as organisers see them. Two queries."""
    rows = SessionSpeaker.objects.select_related("speaker__message").order_by("position", "pk")
    rows = rows.defer("speaker__message__text", "speaker__message__content")
    sessions = edition.sessions.exclude(format=Session.Format.BREAK).in_programme_order()
    listed = list(sessions.prefetch_related(Prefetch("speakers", queryset=rows)))
    for session in listed:
        session.edition = edition
    return [SessionWithSpeakers(it, list(it.speakers.all())) for it in listed]


def planned_reminders(edition: Edition, now: dt.datetime) -> list[dt.datetime]:
    """Return when speakers of an edition are reminded by itself, as things stand, one moment each."""
    waiting = Speaker.objects.unanswered(edition, now).filter(invited_at__isnull=False, reminded_at=None)
    return [it + REMIND_AFTER for it in waiting.values_list("invited_at", flat=True) if it]
