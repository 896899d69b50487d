"""Load a programme file into the database."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from programme.actions.locks import check_parallel_now, defer_parallel_check, lock_edition, lock_programme_loads
from programme.actions.waiting_lists import settling_seats
from programme.models import Edition, Room, Session, Track, Venue
from programme.programme_files.schema import (
    PLAIN_FIELDS,
    WINDOWS,
    Document,
    EditionEntry,
    SessionEntry,
    VenueEntry,
    as_instant,
)
from programme.queries.announcements import differences_in
from programme.queries.seat_effects import sentences
from programme.queries.session_changes import news_sentences
from programme.queries.session_plans import check_without_seats
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

M = TypeVar("M", bound=models.Model)
IN_THE_WAY = (
    "A session would overlap with one that is not in the programme file."
    " Cancel or move that session first, or add it to the file."
)


@dataclass
class Changes:
    """What loading a document did, as sentences for the person who loads it."""

    made: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)

    def put(self, row: M, is_new: bool, name: str, values: dict[str, Any], zone: dt.tzinfo) -> M:  # noqa: FBT001
        """Save a row with the values if they differ, and record the changes."""
        differing = {key: value for key, value in values.items() if getattr(row, key) != value}
        if is_new:
            self.made.append(f"new: {name}")
        else:
            self.made += [
                f"changed: {name}: {key} {shown(getattr(row, key), zone)} → {shown(value, zone)}"
                for key, value in differing.items()
            ]
        if is_new or differing:
            for key, value in values.items():
                setattr(row, key, value)
            row.save()
        return row


@transaction.atomic
def load_programme(*, document: Document, by: User | None) -> tuple[Edition, Changes]:
    """Create or change the edition, venue, tracks and sessions of a document. Rows not in the document stay.

    Loading the same document again changes nothing. Raises ProgrammeError if a session of the document overlaps with one
    that only the database has, or a session with seats would be unpublished.
    """
    with acting(by):
        lock_programme_loads()
        _edition, concerned = lock_edition(document.edition.slug, document.venue.name if document.venue else "")
        with settling_seats(concerned, by=by) as effects:
            edition, changes = _load(document)
        changes.made += sentences(effects)
        if edition.is_published and edition.sends_notices:
            changes.made += news_sentences(differences_in(edition, timezone.now()).news)
        return edition, changes


def _load(document: Document) -> tuple[Edition, Changes]:
    changes = Changes()
    zone = document.zone
    entry = document.edition
    defer_parallel_check()
    venue = _put_venue(document.venue, changes, zone) if document.venue else None
    values = _edition_values(entry, zone) | {"venue": venue}
    edition = Edition.objects.filter(slug=entry.slug).first()
    edition = changes.put(edition or Edition(slug=entry.slug), edition is None, f"edition {entry.slug}", values, zone)
    tracks = _put_tracks(edition, document, changes)
    rooms = {room.name: room for room in Room.objects.filter(venue=venue)} if venue else {}
    known = {session.slug: session for session in edition.sessions.select_related("track", "room")}
    for item in document.sessions:
        session = known.pop(item.slug, None)
        values = _session_values(item, zone) | {
            "track": tracks[item.track] if item.track else None,
            "room": rooms[item.room] if item.room else None,
        }
        if session and session.is_published and not item.is_published:
            check_without_seats(session)
        changes.put(
            session or Session(edition=edition, slug=item.slug), session is None, f"session {item.slug}", values, zone
        )
    changes.left_alone += [f"session {slug} is not in the file and stays as it is" for slug in sorted(known)]
    check_parallel_now(IN_THE_WAY)
    return edition, changes


def _put_venue(entry: VenueEntry, changes: Changes, zone: dt.tzinfo) -> Venue:
    venue = Venue.objects.filter(name__iexact=entry.name).first()
    values = {"name": entry.name, "address": entry.address}
    venue = changes.put(venue or Venue(), venue is None, f"venue {entry.name}", values, zone)
    named = {item.name.lower() for item in entry.rooms}
    others = [room.name for room in venue.rooms.order_by("name") if room.name.lower() not in named]
    changes.left_alone += [f"room {name} is not in the file and stays as it is" for name in others]
    for item in entry.rooms:
        room = venue.rooms.filter(name__iexact=item.name).first()
        values_of_room = {"name": item.name, "capacity": item.capacity}
        changes.put(room or Room(venue=venue), room is None, f"room {item.name}", values_of_room, zone)
    return venue


def _put_tracks(edition: Edition, document: Document, changes: Changes) -> dict[str, Track]:
    tracks = {track.slug: track for track in edition.tracks.order_by("position", "pk")}
    is_in_order = [slug for slug in tracks if slug in {item.slug for item in document.tracks}] == [
        item.slug for item in document.tracks
    ]
    for number, item in enumerate(document.tracks):
        track = tracks.get(item.slug)
        position = track.position if track and is_in_order else number
        tracks[item.slug] = changes.put(
            track or Track(edition=edition, slug=item.slug),
            track is None,
            f"track {item.slug}",
            {"name": item.name, "position": position},
            document.zone,
        )
    named = {item.slug for item in document.tracks}
    changes.left_alone += [
        f"track {slug} is not in the file and stays as it is" for slug in sorted(tracks.keys() - named)
    ]
    return tracks


def _edition_values(entry: EditionEntry, zone: Any) -> dict[str, Any]:
    plain = {key: getattr(entry, key) for key in EditionEntry.model_fields if key not in {"slug", *WINDOWS}}
    plain["reminder_minutes"] = list(entry.reminder_minutes)
    times = {key: getattr(entry, key) and as_instant(getattr(entry, key), zone) for key in WINDOWS}
    return plain | times


def _session_values(entry: SessionEntry, zone: Any) -> dict[str, Any]:
    offsets = entry.reminder_minutes
    return {key: getattr(entry, key) for key in PLAIN_FIELDS} | {
        "reminder_minutes": None if offsets is None else list(offsets),
        "starts_at": entry.starts_at and as_instant(entry.starts_at, zone),
        "ends_at": entry.ends_at and as_instant(entry.ends_at, zone),
    }


def shown(value: object, zone: dt.tzinfo) -> str:
    """Format a value: times in the edition's zone as in a file, long texts shortened."""
    if isinstance(value, dt.datetime):
        local = value.astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M%z}" if local.fold else f"{local:%Y-%m-%d %H:%M}"
    if value in (None, ""):
        return "(empty)"
    longest = 60
    text = str(value)
    return f"“{text if len(text) <= longest else text[:longest] + '…'}”" if isinstance(value, str) else text
