"""Whole editions: load from a document, dump to one, clone to another year."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from programme import rules
from programme.actions.edition_locks import check_parallel_now, defer_parallel_check, lock_edition, one_at_a_time
from programme.actions.sessions import check_without_seats
from programme.actions.waiting_lists import settling_seats
from programme.errors import ProgrammeError
from programme.models import Edition, Room, Session, Track, User, Venue
from programme.programme_files.documents import (
    Document,
    EditionEntry,
    RoomEntry,
    SessionEntry,
    TrackEntry,
    VenueEntry,
    as_instant,
    as_moment,
)
from programme.queries.announcements import differences_in
from programme.queries.seat_effects import sentences
from programme.queries.session_changes import news_sentences
from udtacademy.db.history import acting

M = TypeVar("M", bound=models.Model)


@dataclass
class Changes:
    """What loading a document did: sentences for the person who loaded it."""

    made: list[str] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)

    def put(self, found: M, is_new: bool, name: str, values: dict[str, Any], zone: dt.tzinfo) -> M:  # noqa: FBT001
        """Bring a row to the values, note what that changed."""
        differing = {key: value for key, value in values.items() if getattr(found, key) != value}
        if is_new:
            self.made.append(f"new: {name}")
        else:
            self.made += [
                f"changed: {name}: {key} {shown(getattr(found, key), zone)} → {shown(value, zone)}"
                for key, value in differing.items()
            ]
        if is_new or differing:
            for key, value in values.items():
                setattr(found, key, value)
            found.save()
        return found


@transaction.atomic
def load_programme(*, document: Document, by: User | None) -> tuple[Edition, Changes]:
    """Bring the database to what the document says; what the document does not mention stays.

    Loading the same document again changes nothing. Raises ProgrammeError when a session of the document and one that
    only the database has are on at the same time, and for a session with seats that would be taken off the pages.
    """
    with acting(by):
        one_at_a_time()
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
    check_parallel_now()
    return edition, changes


def dump_programme(*, edition: Edition) -> Document:
    """The document that loads to the edition as it is."""
    zone = edition.zone
    return Document(
        edition=_edition_entry(edition),
        venue=_venue_entry(edition.venue) if edition.venue else None,
        tracks=tuple(
            TrackEntry(slug=track.slug, name=track.name) for track in edition.tracks.order_by("position", "pk")
        ),
        sessions=tuple(_session_entry(session, zone) for session in edition.sessions.with_place().order_by("pk")),
    )


COPIED_RULES = (
    *("attendance_rule", "attendance_share", "late_tolerance_minutes", "join_opens_minutes", "click_counts"),
    *(
        "seat_moves_end_minutes",
        "reminder_minutes",
        "sends_reminders",
        "sends_notices",
        "sends_chasers",
        "sends_digest",
    ),
)


@dataclass(frozen=True)
class Clone:
    """A cloned edition, and the checklist of what was and was not taken along."""

    edition: Edition
    copied: list[str]
    to_check: list[str]
    not_copied: list[str]


@transaction.atomic
def clone_edition(*, edition: Edition, slug: str, first_day: dt.date, by: User | None, name: str = "") -> Clone:
    """A new, unpublished edition whose sessions are all tentative, moved by whole days at the same local time.

    `first_day` is where the old edition's first day goes. Raises ProgrammeError when the new slug cannot be had.
    """
    days = (first_day - edition.first_on).days
    clone = Edition(
        slug=slug,
        name=name or name_for_year(edition.name, edition.first_on.year, first_day.year),
        time_zone=edition.time_zone,
        first_on=first_day,
        last_on=day_after(edition.last_on, days),
        venue=edition.venue,
        summary=edition.summary,
        online_text=edition.online_text,
        in_person_text=edition.in_person_text,
        contact_email=edition.contact_email,
        **{name: getattr(edition, name) for name in COPIED_RULES},
    )
    try:
        clone.full_clean()
    except ValidationError as error:
        raise ProgrammeError(f"{slug}: {' '.join(error.messages)}") from error
    with acting(by):
        clone.save()
        tracks = {
            track.pk: Track(edition=clone, slug=track.slug, name=track.name, position=track.position)
            for track in edition.tracks.all()
        }
        Track.objects.bulk_create(tracks.values())
        originals = list(edition.sessions.with_place().exclude(status=Session.Status.CANCELLED).order_by("pk"))
        try:
            with transaction.atomic():
                Session.objects.bulk_create(_moved(original, clone, tracks, days) for original in originals)
        except IntegrityError as error:
            raise ProgrammeError(
                "On the new days the clocks change while a session is on, and two sessions would overlap."
                " Choose another first day, or move those sessions first."
            ) from error
    return Clone(clone, *_checklist(edition, clone, originals, days))


def name_for_year(name: str, old: int, new: int) -> str:
    """ "UDT Academy 2025" is "UDT Academy 2026" the year after; a name without a year gets the new one."""
    return name.replace(str(old), str(new)) if str(old) in name else f"{name} {new}"


def day_after(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        raise ProgrammeError("That first day is too far away.") from None


def _moved(original: Session, clone: Edition, tracks: dict[int, Track], days: int) -> Session:
    starts_at = ends_at = None
    if original.starts_at and original.ends_at:
        starts_at = rules.shift_by_days(original.starts_at, days, original.edition.zone)
        ends_at = starts_at + (original.ends_at - original.starts_at)
    return Session(
        edition=clone,
        slug=original.slug,
        title=original.title,
        description=original.description,
        format=original.format,
        is_core=original.is_core,
        is_published=original.is_published,
        track=tracks[original.track_id] if original.track_id else None,
        room=original.room,
        capacity=original.capacity,
        location=original.location,
        reminder_minutes=original.reminder_minutes,
        starts_at=starts_at,
        ends_at=ends_at,
        held_on=original.held_on and original.held_on + dt.timedelta(days=days),
        date_hint=original.date_hint,
    )


def _checklist(
    edition: Edition, clone: Edition, originals: list[Session], days: int
) -> tuple[list[str], list[str], list[str]]:
    cancelled = edition.sessions.filter(status=Session.Status.CANCELLED)
    copied = [
        f"texts, contact, rules of attendance, time zone ({clone.time_zone}) and venue ({clone.venue or 'none'})",
        f"{clone.tracks.count()} tracks",
        f"{len(originals)} sessions, {days:+d} days at the same local time, all to be confirmed",
    ]
    to_check = [
        f"“{session.title}” keeps its date in words: {session.date_hint or 'to be announced'}"
        for session in originals
        if not session.local_day
    ]
    to_check += ["dates and years inside the texts are those of the old edition", "the new edition is not published"]
    to_check += ["registration has no opening date yet: nobody can register"]
    if clone.tracks.exists():
        to_check += ["choosing tracks has no opening date yet: nobody can choose"]
    if days % 7:
        to_check.insert(
            0, f"weekdays move: {edition.first_on:%A} {edition.first_on} → {clone.first_on:%A} {clone.first_on}"
        )
    not_copied = [f"{edition.delegations.count()} delegations and {edition.participants.count()} participants"]
    not_copied += ["links to meetings and recordings"]
    not_copied += [f"cancelled session “{session.title}”" for session in cancelled]
    return copied, to_check, not_copied


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
        found = tracks.get(item.slug)
        position = found.position if found and is_in_order else number
        tracks[item.slug] = changes.put(
            found or Track(edition=edition, slug=item.slug),
            found is None,
            f"track {item.slug}",
            {"name": item.name, "position": position},
            document.zone,
        )
    named = {item.slug for item in document.tracks}
    changes.left_alone += [
        f"track {slug} is not in the file and stays as it is" for slug in sorted(tracks.keys() - named)
    ]
    return tracks


WINDOWS = ("registration_opens_at", "registration_closes_at", "choice_opens_at", "choice_closes_at")


def _edition_values(entry: EditionEntry, zone: Any) -> dict[str, Any]:
    plain = {key: getattr(entry, key) for key in EditionEntry.model_fields if key not in {"slug", *WINDOWS}}
    plain["reminder_minutes"] = list(entry.reminder_minutes)
    times = {key: getattr(entry, key) and as_instant(getattr(entry, key), zone) for key in WINDOWS}
    return plain | times


def _edition_entry(edition: Edition) -> EditionEntry:
    plain: dict[str, Any] = {key: getattr(edition, key) for key in EditionEntry.model_fields if key not in WINDOWS}
    plain["reminder_minutes"] = tuple(edition.reminder_minutes)
    times: dict[str, Any] = {key: as_moment(getattr(edition, key), edition.zone) for key in WINDOWS}
    return EditionEntry(**plain, **times)


PLAIN_FIELDS = (
    *("title", "description", "format", "is_core", "status", "status_reason", "is_published"),
    *("capacity", "location", "held_on", "date_hint"),
)


def _session_values(entry: SessionEntry, zone: Any) -> dict[str, Any]:
    leads = entry.reminder_minutes
    return {key: getattr(entry, key) for key in PLAIN_FIELDS} | {
        "reminder_minutes": None if leads is None else list(leads),
        "starts_at": entry.starts_at and as_instant(entry.starts_at, zone),
        "ends_at": entry.ends_at and as_instant(entry.ends_at, zone),
    }


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


def shown(value: object, zone: dt.tzinfo) -> str:
    """A value for a person: times in the edition's zone, as in a file, long texts shortened."""
    if isinstance(value, dt.datetime):
        local = value.astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M%z}" if local.fold else f"{local:%Y-%m-%d %H:%M}"
    if value in (None, ""):
        return "(empty)"
    longest = 60
    text = str(value)
    return f"“{text if len(text) <= longest else text[:longest] + '…'}”" if isinstance(value, str) else text
