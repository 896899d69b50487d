"""Materials of sessions: what somebody sees, and where they are missing (decision 75)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q

from programme.models import Edition, Material, Session, SessionSpeaker, Speaker


@dataclass(frozen=True)
class SessionMaterials:
    """A session, and materials of it."""

    session: Session
    materials: Sequence[Material]


@dataclass(frozen=True)
class Lack:
    """A session that is over and has no materials. `speakers`: those who said that they come; `asked_at`: last of them."""

    session: Session
    speakers: Sequence[SessionSpeaker] = field(default_factory=list)

    @property
    def asked_at(self) -> dt.datetime | None:
        moments = [it.speaker.asked_for_materials_at for it in self.speakers]
        return max((it for it in moments if it), default=None)


def visible_of_session(session: Session, now: dt.datetime, *, is_participant: bool) -> list[Material]:
    """Return the materials of a session that somebody sees who takes part in the edition, or does not. One query."""
    rows = session.materials.order_by("added_at", "pk")  # each has this session, with its edition
    return [it for it in rows if it.is_visible(now, is_participant=is_participant)]


def visible_of_edition(edition: Edition, now: dt.datetime, *, is_participant: bool) -> list[SessionMaterials]:
    """The same of all published sessions, by session in order of time. One query."""
    rows = by_session(edition, Material.objects.of_published(edition))
    return in_sessions(it for it in rows if it.is_visible(now, is_participant=is_participant))


def has_materials(edition: Edition, *, is_participant: bool) -> bool:
    """Return whether published sessions have materials for somebody, now or later. One query."""
    rows = Material.objects.of_published(edition)
    return (rows if is_participant else rows.public()).exists()


def all_of_edition(edition: Edition) -> list[SessionMaterials]:
    """Return all materials of an edition, by session in order of time, for organisers. One query."""
    rows = Material.objects.filter(edition=edition).select_related("session", "speaker").defer("speaker__link_token")
    return in_sessions(by_session(edition, rows))


def by_session(edition: Edition, rows: Iterable[Material]) -> list[Material]:
    listed = list(rows)
    for row in listed:
        row.session.edition = edition
    return sorted(listed, key=lambda it: (position_of(it.session), it.session_id, it.added_at, it.pk))


def position_of(session: Session) -> tuple[bool, dt.datetime, str]:
    """Return where a session stands in order of time: those without a day come last."""
    day, zone = session.local_day, session.edition.zone
    begins = session.starts_at or dt.datetime.combine(day or dt.date.max, dt.time(), zone if day else dt.UTC)
    return day is None, begins, session.slug


def in_sessions(rows: Iterable[Material]) -> list[SessionMaterials]:
    grouped = [list(group) for _session, group in groupby(rows, key=lambda it: it.session_id)]
    return [SessionMaterials(group[0].session, group) for group in grouped]


def lacks(edition: Edition, now: dt.datetime) -> list[Lack]:
    """Return the published sessions that are over and have no materials: first those with speakers, in order of time. Two queries."""
    held = (
        edition.sessions.published()
        .filter(materials=None)
        .exclude(
            Q(format=Session.Format.BREAK) | Q(format=Session.Format.EXTERNAL) | Q(status=Session.Status.CANCELLED)
        )
    )
    sessions = list(held.in_programme_order())
    for session in sessions:
        session.edition = edition
    over = [it for it in sessions if it.is_past(now)]
    came = SessionSpeaker.objects.filter(session__in=over, confirmed_at__isnull=False).select_related("speaker")
    speakers: dict[int, list[SessionSpeaker]] = {}
    for row in came.defer("speaker__link_token").order_by("position", "pk"):
        speakers.setdefault(row.session_id, []).append(row)
    return sorted((Lack(it, speakers.get(it.pk, [])) for it in over), key=lambda lack: not lack.speakers)


def uploaded_by(speaker: Speaker) -> list[Material]:
    """Return what a speaker has uploaded, the first one first."""
    return list(speaker.materials.select_related("session").order_by("session", "added_at", "pk"))
