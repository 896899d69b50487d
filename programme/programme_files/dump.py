"""Write an edition as a programme file, without loss."""

import base64
from typing import Any

import tomli_w

from programme.models import Edition, Session, Venue
from programme.programme_files.schema import (
    PLAIN_FIELDS,
    WINDOWS,
    Document,
    EditionEntry,
    RoomEntry,
    SessionEntry,
    TrackEntry,
    VenueEntry,
    as_moment,
)


def dump_programme(*, edition: Edition) -> Document:
    """Return the document that loads to the edition as it is."""
    zone = edition.zone
    return Document(
        edition=_edition_entry(edition),
        venue=_venue_entry(edition.venue) if edition.venue else None,
        tracks=tuple(
            TrackEntry(slug=track.slug, name=track.name) for track in edition.tracks.order_by("position", "pk")
        ),
        sessions=tuple(_session_entry(session, zone) for session in edition.sessions.with_place().order_by("pk")),
    )


def dumps(document: Document) -> str:
    """Write a programme file. `reading.loads` gives the same document back."""
    raw = document.model_dump(exclude_defaults=True, exclude_none=True)
    return tomli_w.dumps(raw, multiline_strings=True)


def _edition_entry(edition: Edition) -> EditionEntry:
    keys = EditionEntry.model_fields.keys() - {"logo", *WINDOWS}
    plain: dict[str, Any] = {key: getattr(edition, key) for key in keys}
    plain["logo"] = base64.b64encode(edition.logo.content).decode() if edition.logo else ""
    plain["reminder_minutes"] = tuple(edition.reminder_minutes)
    times: dict[str, Any] = {key: as_moment(getattr(edition, key), edition.zone) for key in WINDOWS}
    return EditionEntry(**plain, **times)


def _venue_entry(venue: Venue) -> VenueEntry:
    rooms = tuple(RoomEntry(name=room.name, capacity=room.capacity) for room in venue.rooms.order_by("name"))
    return VenueEntry(name=venue.name, address=venue.address, rooms=rooms)


def _session_entry(session: Session, zone: Any) -> SessionEntry:
    return SessionEntry(
        slug=session.slug,
        track=session.track.slug if session.track else None,
        room=session.room.name if session.room else None,
        starts_at=as_moment(session.starts_at, zone),
        ends_at=as_moment(session.ends_at, zone),
        reminder_minutes=None if session.reminder_minutes is None else tuple(session.reminder_minutes),
        **{key: getattr(session, key) for key in PLAIN_FIELDS},
    )
