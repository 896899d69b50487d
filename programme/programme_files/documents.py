"""An edition's programme as a TOML document: read, checked whole, written back without loss.

The keys are the fields of the models. Times are local times of the edition's zone, without an offset; only the second of
an hour that comes twice is written with one. docs/organisers.md explains the file to those who write it.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo

import tomli_w
from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from programme import rules
from programme.programme_files.mistakes import DocumentError, Mistake, Table, as_mistake, one_of, unknown_key
from programme.programme_files.values import (
    FROM_FILE,
    clean_line,
    clean_text,
    free_slug,
    known_address,
    known_zone,
    of_our_time,
)


def field(max_length: int, *, pattern: str | None = None, expected: str = "text") -> Any:
    return Field(min_length=1, max_length=max_length, pattern=pattern, description=expected)


Text = Annotated[str, AfterValidator(clean_text), Field(description="text")]
Line = Annotated[str, AfterValidator(clean_line), Field(description="text")]
Slug = Annotated[str, field(60, pattern=rules.SLUG_PATTERN, expected="small letters, digits and single hyphens")]
Day = Annotated[dt.date, AfterValidator(of_our_time), Field(description="a day such as 2025-11-06")]
Moment = Annotated[dt.datetime, Field(description="a local date and time such as 2025-09-25T16:00:00")]


LONGEST_LEAD = int(rules.LONGEST_LEAD.total_seconds() // 60)
Leads = Annotated[tuple[Annotated[int, Field(ge=1, le=LONGEST_LEAD)], ...], Field(max_length=rules.MOST_REMINDERS)]
EXPECTED_LEADS = f"up to {rules.MOST_REMINDERS} numbers of minutes, 1 to {LONGEST_LEAD}"


class Entry(Table):
    """A table of the document."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EditionEntry(Entry):
    slug: Annotated[Slug, AfterValidator(free_slug)]
    name: Annotated[Line, field(120)]
    time_zone: Annotated[
        str, AfterValidator(known_zone), Field(description="the name of a time zone such as Europe/Madrid")
    ]
    first_on: Day
    last_on: Day
    registration_opens_at: Moment | None = None
    registration_closes_at: Moment | None = None
    choice_opens_at: Moment | None = None
    choice_closes_at: Moment | None = None
    seat_moves_end_minutes: int = Field(
        default=60,
        ge=0,
        le=rules.EARLIEST_END_OF_MOVES,
        description=f"a number of minutes, 0 to {rules.EARLIEST_END_OF_MOVES}",
    )
    contact_email: Annotated[str, AfterValidator(known_address)] = Field(default="", description="an e-mail address")
    attendance_rule: Literal["each_participant", "each_city"] = "each_participant"
    attendance_share: int = Field(default=75, ge=1, le=100, description="a number from 1 to 100, in per cent")
    late_tolerance_minutes: int = Field(
        default=10, ge=0, le=rules.LONGEST_TOLERANCE, description="a number of minutes, 0 to 120"
    )
    join_opens_minutes: int = Field(
        default=15, ge=0, le=rules.LONGEST_TOLERANCE, description="a number of minutes, 0 to 120"
    )
    click_counts: Literal["until_report", "never", "always"] = "until_report"
    reminder_minutes: Leads = Field(default=(10080, 1440, 60), strict=False, description=EXPECTED_LEADS)
    sends_reminders: bool = Field(default=True, description="true or false")
    sends_notices: bool = Field(default=True, description="true or false")
    sends_chasers: bool = Field(default=True, description="true or false")
    sends_digest: bool = Field(default=True, description="true or false")
    is_published: bool = Field(default=False, description="true or false")
    summary: Text = ""
    online_text: Text = ""
    in_person_text: Text = ""


class RoomEntry(Entry):
    name: Annotated[Line, field(120)]
    capacity: int | None = Field(default=None, ge=0, le=rules.LARGEST_ROOM, description="a number of people")


class VenueEntry(Entry):
    TABLES: ClassVar[dict[str, type[Table]]] = {"rooms": RoomEntry}

    name: Annotated[Line, field(200)]
    address: Annotated[Line, field(300)]
    rooms: tuple[RoomEntry, ...] = Field(default=(), strict=False, description="a list of rooms")


class TrackEntry(Entry):
    slug: Slug
    name: Annotated[Line, field(80)]


class SessionEntry(Entry):
    slug: Annotated[Slug, Field(max_length=80)]
    title: Annotated[Line, field(200)]
    format: Literal["online", "in_person", "external", "break"]
    is_core: bool = Field(default=False, description="true or false")
    status: Literal["tentative", "confirmed", "cancelled"] = "tentative"
    status_reason: Annotated[Line, Field(max_length=500)] = ""
    track: str | None = Field(default=None, description="the slug of a track")
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    held_on: Day | None = None
    date_hint: Annotated[Line, Field(max_length=60)] = ""
    room: str | None = Field(default=None, description="the name of a room of the venue")
    capacity: int | None = Field(default=None, ge=0, le=rules.LARGEST_ROOM, description="a number of people")
    location: Annotated[Line, Field(max_length=200)] = ""
    reminder_minutes: Leads | None = Field(default=None, strict=False, description=EXPECTED_LEADS)
    is_published: bool = Field(default=True, description="true or false")
    description: Text = ""


class Document(Entry):
    """A whole programme. Entries keep the order of the file."""

    edition: EditionEntry
    venue: VenueEntry | None = None
    tracks: tuple[TrackEntry, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.edition.time_zone)


def loads(source: bytes) -> Document:
    """Read a programme file. Raises DocumentError with every mistake found, each with its path."""
    try:
        raw = tomllib.loads(source.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise DocumentError([Mistake("", f"line {line}: expected UTF-8 text")]) from error
    except RecursionError as error:
        raise DocumentError([Mistake("", "not a programme file: lists or tables are nested too deeply")]) from error
    except ValueError as error:  # TOMLDecodeError, and numbers without end
        raise DocumentError([Mistake("", f"not a TOML file: {error}")]) from error
    mistakes: list[Mistake] = []
    document = Reader(mistakes).document(raw)
    if mistakes or document is None:
        raise DocumentError(mistakes)
    return document


def dumps(document: Document) -> str:
    """Write a programme file. `loads` gives the same document back."""
    raw = document.model_dump(exclude_defaults=True, exclude_none=True)
    return tomli_w.dumps(raw, multiline_strings=True)


M = TypeVar("M", bound=Entry)


class Reader:
    """Reads a document table by table, so that one mistake does not hide the next."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes

    def document(self, raw: dict[str, Any]) -> Document | None:
        for key in raw.keys() - Document.model_fields.keys():
            self.mistakes.append(Mistake(key, unknown_key(key, Document)))
        if "edition" not in raw:
            self.mistakes.append(Mistake("edition", "is missing; expected a table [edition]"))
        edition = self.entry(EditionEntry, raw["edition"], "edition") if "edition" in raw else None
        venue = self.entry(VenueEntry, raw["venue"], "venue") if "venue" in raw else None
        tracks = dict(self.entries(TrackEntry, raw.get("tracks", []), "tracks"))
        sessions = dict(self.entries(SessionEntry, raw.get("sessions", []), "sessions"))

        self.check_unique(tracks)
        self.check_unique(sessions)
        self.check_rooms(venue)
        if edition:
            self.check_edition(edition)
            self.check_windows(edition)
            self.check_times(sessions, ZoneInfo(edition.time_zone))
        self.check_references(sessions, raw, venue)
        for path, session in sessions.items():
            self.mistakes += [Mistake(path, message) for message in contradictions(session)]
        if self.mistakes or edition is None:
            return None
        return Document(edition=edition, venue=venue, tracks=tuple(tracks.values()), sessions=tuple(sessions.values()))

    def entry(self, model: type[M], raw: Any, path: str) -> M | None:
        try:
            return model.model_validate(raw, context=FROM_FILE)
        except ValidationError as error:
            self.mistakes += [as_mistake(detail, model, path) for detail in error.errors()]
            return None

    def entries(self, model: type[M], raw: Any, path: str) -> Iterator[tuple[str, M]]:
        if not isinstance(raw, list):
            self.mistakes.append(Mistake(path, f"expected a list of tables, each headed [[{path}]]"))
            return
        for index, item in enumerate(raw):
            slug = item.get("slug") if isinstance(item, dict) else None
            place = f"{path}[{index}]" + (f" “{slug}”" if isinstance(slug, str) else "")
            if entry := self.entry(model, item, place):
                yield place, entry

    def check_unique(self, entries: dict[str, Any]) -> None:
        seen: dict[str, str] = {}
        for path, entry in entries.items():
            if first := seen.get(entry.slug):
                self.mistakes.append(Mistake(f"{path}.slug", f"expected another slug, {first} has this one"))
            seen.setdefault(entry.slug, path)

    def check_rooms(self, venue: VenueEntry | None) -> None:
        names: set[str] = set()
        for index, room in enumerate(venue.rooms if venue else ()):
            if room.name.lower() in names:
                self.mistakes.append(
                    Mistake(f"venue.rooms[{index}].name", f"expected another name, “{room.name}” is taken")
                )
            names.add(room.name.lower())

    def check_edition(self, edition: EditionEntry) -> None:
        if edition.last_on < edition.first_on:
            self.mistakes.append(Mistake("edition.last_on", f"expected a day not before first_on, {edition.first_on}"))

    def check_windows(self, edition: EditionEntry) -> None:
        zone = ZoneInfo(edition.time_zone)
        for name in ("registration", "choice"):
            keys = (f"{name}_opens_at", f"{name}_closes_at")
            opens, closes = (self.instant(edition, key, "edition", zone) for key in keys)
            if opens and closes and closes <= opens:
                self.mistakes.append(Mistake(f"edition.{keys[1]}", f"expected a time after {keys[0]}"))

    def check_references(
        self, sessions: dict[str, SessionEntry], raw: dict[str, Any], venue: VenueEntry | None
    ) -> None:
        tracks = [track.get("slug") for track in as_list(raw.get("tracks")) if isinstance(track, dict)]
        rooms = [room.name for room in venue.rooms] if venue else []
        for path, session in sessions.items():
            if session.track is not None and session.track not in tracks:
                self.mistakes.append(Mistake(f"{path}.track", one_of(tracks, session.track, "[[tracks]]")))
            if session.room is not None and session.room not in rooms:
                self.mistakes.append(Mistake(f"{path}.room", one_of(rooms, session.room, "venue.rooms")))

    def check_times(self, sessions: dict[str, SessionEntry], zone: ZoneInfo) -> None:
        timed = []
        for path, session in sessions.items():
            starts, ends = (self.instant(session, key, path, zone) for key in ("starts_at", "ends_at"))
            if starts and ends and ends <= starts:
                self.mistakes.append(Mistake(f"{path}.ends_at", "expected a time after starts_at"))
            elif starts and ends and session.status != "cancelled":
                timed.append((path, session, starts, ends))
        for (path, one, _, until), (other_path, other, since, _) in combinations(sorted(timed, key=start_of), 2):
            if since < until and (one.track is None or other.track is None or one.track == other.track):
                self.mistakes.append(
                    Mistake(
                        f"{other_path}.starts_at",
                        f"expected a time when {path} is over; only sessions of different tracks run in parallel",
                    )
                )

    def instant(self, entry: Entry, key: str, path: str, zone: ZoneInfo) -> dt.datetime | None:
        moment = getattr(entry, key)
        try:
            return moment and as_instant(moment, zone)
        except ValueError as error:
            self.mistakes.append(Mistake(f"{path}.{key}", f"expected a local time of {zone.key}: {error}"))
            return None


def as_list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []


def start_of(timed: tuple[str, SessionEntry, dt.datetime, dt.datetime]) -> dt.datetime:
    return timed[2]


def as_instant(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant (UTC) of a time in a document. Raises ValueError for one that the zone does not have."""
    if not rules.FIRST_DAY <= moment.date() <= rules.LAST_DAY:
        raise ValueError(f"the year {moment.year} is not one from 2000 to 2099")
    if moment.tzinfo is None:
        return rules.to_instant(moment, zone)
    if moment.astimezone(zone).utcoffset() != moment.utcoffset():
        raise ValueError(f"its offset is {moment.astimezone(zone):%z} then, not {moment:%z}")
    return moment.astimezone(dt.UTC)


def as_moment(instant: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    """The local time that a document says for an instant; with its offset only where it comes a second time."""
    if instant is None:
        return None
    local = instant.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    if local.fold:
        return naive.replace(tzinfo=dt.timezone(local.utcoffset() or dt.timedelta()))
    return naive


def contradictions(session: SessionEntry) -> Iterator[str]:
    """What the database would refuse about a session, each as a sentence."""
    has_times = (session.starts_at is not None, session.ends_at is not None)
    if any(has_times) and not all(has_times):
        yield "expected starts_at and ends_at together"
    if any(has_times) + (session.held_on is not None) + bool(session.date_hint) > 1:
        yield "expected one of starts_at with ends_at, held_on, or date_hint, not several"
    if session.status == "confirmed" and not all(has_times):
        yield "expected starts_at and ends_at, since status is confirmed"
    if session.format == "break" and session.is_core:
        yield "expected is_core = false, since a break is never attended"
