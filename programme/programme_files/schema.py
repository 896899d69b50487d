"""The schema of a programme file: an edition with its venue, tracks, sessions, questions, and what cities write and people are asked.

The keys are the fields of the models. Times are local times of the edition's zone without an offset; only the second one of
a time that comes twice has an offset. docs/organisers.md explains the file to its authors.
"""

import base64
import datetime as dt
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from pydantic import AfterValidator, Field

from programme.models import Logo
from programme.programme_files.certificate_entries import CertificateEntry
from programme.programme_files.entries import DocumentEntry, Line, LocalDate, LocalDateTime, Slug, Text, field
from programme.programme_files.feedback_entries import FeedbackEntry
from programme.programme_files.question_entries import QuestionEntry
from programme.rules.action_plans import EARLIEST_DUE
from programme.rules.applications import HIGHEST_WEIGHT, LONGEST_KEPT, MOST_CRITERIA
from programme.rules.coming import MOST_DAYS_BEFORE
from programme.rules.editions import LONGEST_TOLERANCE, RESERVED_SLUGS
from programme.rules.local_times import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT, to_instant
from programme.rules.quiet_hours import USUAL
from programme.rules.reminder_offsets import LONGEST_OFFSET, MOST_REMINDERS
from programme.rules.seats import EARLIEST_END_OF_MOVES
from programme.rules.sessions import LARGEST_ROOM
from udtacademy.db.addresses import normalised_address, validate_address, validate_plain_address
from udtacademy.time_zones import zone_names


def known_zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(f"expected the name of a time zone such as Europe/Madrid, found “{name}”")
    return name


def known_address(email: str) -> str:
    try:
        if email := normalised_address(email):
            validate_address(email)
            validate_plain_address(email)
    except ValidationError:
        raise ValueError(f"expected an email address, found “{email}”") from None
    return email


def known_logo(text: str) -> str:
    """Join the lines of a file in base64. Raises ValueError if it is not that of a logo."""
    text = "".join(text.split())
    try:
        if text:
            Logo.of_file(base64.b64decode(text, validate=True))
    except (ValueError, ValidationError):  # the first also for letters that are not of ASCII
        raise ValueError(
            "expected a whole PNG or WebP file of at most 48 KB in base64, with 16 to 2,000 pixels a side and not animated"
        ) from None
    return text


def without_zone(time: dt.time) -> dt.time:
    if time.tzinfo or time.microsecond:
        raise ValueError(f"expected a local time such as 21:00:00, found {time}")
    return time


def free_slug(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError(f"expected a slug that the site does not use itself, found “{slug}”")
    return slug


LocalTime = Annotated[dt.time, AfterValidator(without_zone), Field(description="a local time such as 21:00:00")]


LONGEST_MINUTES = int(LONGEST_OFFSET.total_seconds() // 60)
Offsets = Annotated[tuple[Annotated[int, Field(ge=1, le=LONGEST_MINUTES)], ...], Field(max_length=MOST_REMINDERS)]
EXPECTED_OFFSETS = f"up to {MOST_REMINDERS} numbers of minutes, 1 to {LONGEST_MINUTES}"


class CriterionEntry(DocumentEntry):
    """A criterion by which applications of cities are scored."""

    name: Annotated[Line, field(120)]
    weight: int = Field(default=1, ge=0, le=HIGHEST_WEIGHT, description=f"a number from 0 to {HIGHEST_WEIGHT}")


class EditionEntry(DocumentEntry):
    TABLES: ClassVar[dict[str, type[DocumentEntry]]] = {"criteria": CriterionEntry}

    slug: Annotated[Slug, AfterValidator(free_slug)]
    name: Annotated[Line, field(120)]
    time_zone: Annotated[
        str, AfterValidator(known_zone), Field(description="the name of a time zone such as Europe/Madrid")
    ]
    first_on: LocalDate
    last_on: LocalDate
    takes_applications: bool = Field(default=False, description="true or false")
    applications_open_at: LocalDateTime | None = None
    applications_close_at: LocalDateTime | None = None
    applications_kept_days: int = Field(
        default=180, ge=0, le=LONGEST_KEPT, description=f"a number of days, 0 to {LONGEST_KEPT}"
    )
    registration_opens_at: LocalDateTime | None = None
    registration_closes_at: LocalDateTime | None = None
    choice_opens_at: LocalDateTime | None = None
    choice_closes_at: LocalDateTime | None = None
    seat_moves_end_minutes: int = Field(
        default=60,
        ge=0,
        le=EARLIEST_END_OF_MOVES,
        description=f"a number of minutes, 0 to {EARLIEST_END_OF_MOVES}",
    )
    coming_question_days: int = Field(
        default=7, ge=0, le=MOST_DAYS_BEFORE, description=f"a number of days, 0 to {MOST_DAYS_BEFORE}"
    )
    quiet_from: LocalTime = USUAL.starts
    quiet_until: LocalTime = USUAL.ends
    contact_email: Annotated[str, AfterValidator(known_address)] = Field(default="", description="an email address")
    attendance_rule: Literal["each_participant", "each_city"] = "each_participant"
    attendance_share: int = Field(default=75, ge=1, le=100, description="a number from 1 to 100, in per cent")
    late_tolerance_minutes: int = Field(
        default=10, ge=0, le=LONGEST_TOLERANCE, description="a number of minutes, 0 to 120"
    )
    join_opens_minutes: int = Field(default=15, ge=0, le=LONGEST_TOLERANCE, description="a number of minutes, 0 to 120")
    click_counts: Literal["until_report", "never", "always"] = "until_report"
    reminder_minutes: Offsets = Field(default=(10080, 1440, 60), strict=False, description=EXPECTED_OFFSETS)
    sends_reminders: bool = Field(default=True, description="true or false")
    sends_notices: bool = Field(default=True, description="true or false")
    sends_chasers: bool = Field(default=True, description="true or false")
    sends_digest: bool = Field(default=True, description="true or false")
    is_published: bool = Field(default=False, description="true or false")
    tagline: Annotated[Line, Field(max_length=200)] = ""
    audience: Annotated[Line, Field(max_length=200)] = ""
    organiser_name: Annotated[Line, Field(max_length=120)] = ""
    accent: Literal["blueprint", "teal", "violet", "plum", "slate"] = "blueprint"
    summary: Text = ""
    online_text: Text = ""
    in_person_text: Text = ""
    privacy_text: Text = ""
    accessibility_text: Text = ""
    legal_text: Text = ""
    criteria: tuple[CriterionEntry, ...] = Field(
        default=(), strict=False, max_length=MOST_CRITERIA, description=f"a list of up to {MOST_CRITERIA} criteria"
    )
    logo: Annotated[str, AfterValidator(known_logo)] = Field(default="", description="a PNG or WebP file in base64")


class RoomEntry(DocumentEntry):
    name: Annotated[Line, field(120)]
    capacity: int | None = Field(default=None, ge=0, le=LARGEST_ROOM, description="a number of people")


class VenueEntry(DocumentEntry):
    TABLES: ClassVar[dict[str, type[DocumentEntry]]] = {"rooms": RoomEntry}

    name: Annotated[Line, field(200)]
    address: Annotated[Line, field(300)]
    rooms: tuple[RoomEntry, ...] = Field(default=(), strict=False, description="a list of rooms")


class TrackEntry(DocumentEntry):
    slug: Slug
    name: Annotated[Line, field(80)]


class SessionEntry(DocumentEntry):
    slug: Annotated[Slug, Field(max_length=80)]
    title: Annotated[Line, field(200)]
    format: Literal["online", "in_person", "external", "break"]
    is_core: bool = Field(default=False, description="true or false")
    status: Literal["tentative", "confirmed", "cancelled"] = "tentative"
    status_reason: Annotated[Line, Field(max_length=500)] = ""
    track: str | None = Field(default=None, description="the slug of a track")
    starts_at: LocalDateTime | None = None
    ends_at: LocalDateTime | None = None
    held_on: LocalDate | None = None
    date_hint: Annotated[Line, Field(max_length=60)] = ""
    room: str | None = Field(default=None, description="the name of a room of the venue")
    capacity: int | None = Field(default=None, ge=0, le=LARGEST_ROOM, description="a number of people")
    location: Annotated[Line, Field(max_length=200)] = ""
    reminder_minutes: Offsets | None = Field(default=None, strict=False, description=EXPECTED_OFFSETS)
    is_published: bool = Field(default=True, description="true or false")
    description: Text = ""


class StepEntry(DocumentEntry):
    """A step of the cities' Action Plans, due some days before a session."""

    slug: Slug
    title: Annotated[Line, field(120)]
    guidance: Text = ""
    session: str | None = Field(default=None, description="the slug of a session")
    days_before: int = Field(default=0, ge=0, le=EARLIEST_DUE, description=f"a number of days, 0 to {EARLIEST_DUE}")


class Document(DocumentEntry):
    """A whole programme file. Entries keep the order of the file."""

    edition: EditionEntry
    venue: VenueEntry | None = None
    tracks: tuple[TrackEntry, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()
    questions: tuple[QuestionEntry, ...] = ()
    steps: tuple[StepEntry, ...] = ()
    certificates: CertificateEntry | None = None
    feedback: tuple[FeedbackEntry, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.edition.time_zone)


# Fields of an edition that are times, and fields of a session that stand in the file as they are in the database.
WINDOWS = (
    *("applications_open_at", "applications_close_at"),
    *("registration_opens_at", "registration_closes_at", "choice_opens_at", "choice_closes_at"),
)
PLAIN_FIELDS = (
    *("title", "description", "format", "is_core", "status", "status_reason", "is_published"),
    *("capacity", "location", "held_on", "date_hint"),
)


def as_instant(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the instant (UTC) of a time in a document. Raises ValueError for a time that does not exist in the zone."""
    if not FIRST_DAY <= moment.date() <= LAST_DAY:
        raise ValueError(f"the year {moment.year} is not between 2000 and 2099")
    if moment.tzinfo is None:
        instant = to_instant(moment, zone)
    elif moment.astimezone(zone).utcoffset() != moment.utcoffset():
        raise ValueError(f"its offset at that time is {moment.astimezone(zone):%z}, not {moment:%z}")
    else:
        instant = moment.astimezone(dt.UTC)
    if not FIRST_MOMENT <= instant < LAST_MOMENT:
        raise ValueError(f"in UTC the year {instant.year} is not between 2000 and 2099")
    return instant


def as_moment(instant: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    """Return an instant as a local time for a document, with an offset only if it is the second of two."""
    if instant is None:
        return None
    local = instant.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    if local.fold:
        return naive.replace(tzinfo=dt.timezone(local.utcoffset() or dt.timedelta()))
    return naive
