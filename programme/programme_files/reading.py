"""Read a programme file, and report all its mistakes at once."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from programme.programme_files.certificate_entries import CertificateEntry, certificate_mistakes
from programme.programme_files.entries import FROM_FILE, DocumentEntry
from programme.programme_files.feedback_entries import FeedbackEntry, feedback_mistakes
from programme.programme_files.mistakes import (
    MOST_MISTAKES,
    DocumentError,
    Mistake,
    as_mistake,
    one_of,
    unknown_key,
)
from programme.programme_files.question_entries import QuestionEntry, question_mistakes
from programme.programme_files.schema import (
    Document,
    EditionEntry,
    SessionEntry,
    StepEntry,
    TrackEntry,
    VenueEntry,
    as_instant,
)
from programme.rules.action_plans import MOST_STEPS
from programme.rules.quiet_hours import QuietHours


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
    document = DocumentReader(mistakes).document(raw)
    if mistakes or document is None:
        raise DocumentError(mistakes)
    return document


M = TypeVar("M", bound=DocumentEntry)


class DocumentReader:
    """Read a document table by table, so that one mistake does not hide the next."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes

    def document(self, raw: dict[str, Any]) -> Document | None:
        for key in sorted(raw.keys() - Document.model_fields.keys())[:MOST_MISTAKES]:
            self.mistakes.append(Mistake(key, unknown_key(key, Document)))
        if "edition" not in raw:
            self.mistakes.append(Mistake("edition", "is missing; expected a table [edition]"))
        edition = self.only_entry(EditionEntry, raw, "edition")
        venue = self.only_entry(VenueEntry, raw, "venue")
        tracks = dict(self.entries(TrackEntry, raw.get("tracks", []), "tracks"))
        sessions = dict(self.entries(SessionEntry, raw.get("sessions", []), "sessions"))
        questions = dict(self.entries(QuestionEntry, raw.get("questions", []), "questions"))
        steps = dict(self.entries(StepEntry, raw.get("steps", []), "steps"))
        certificates = self.only_entry(CertificateEntry, raw, "certificates")
        feedback = dict(self.entries(FeedbackEntry, raw.get("feedback", []), "feedback"))

        for named in (tracks, sessions, steps):
            self.check_unique(named)
        self.check_steps(steps, raw)
        self.check_rooms(venue)
        if edition:
            self.check_edition(edition)
            self.check_windows(edition)
            self.check_criteria(edition)
            self.check_times(sessions, ZoneInfo(edition.time_zone))
        self.check_references(sessions, raw, venue)
        for path, session in sessions.items():
            self.mistakes += [Mistake(path, message) for message in contradictions(session)]
        self.mistakes += [Mistake(path, message) for path, message in question_mistakes(questions)]
        self.check_after_sessions(certificates, feedback, raw)
        if self.mistakes or edition is None:
            return None
        return Document(
            edition=edition,
            venue=venue,
            tracks=tuple(tracks.values()),
            sessions=tuple(sessions.values()),
            questions=tuple(questions.values()),
            steps=tuple(steps.values()),
            certificates=certificates,
            feedback=tuple(feedback.values()),
        )

    def check_after_sessions(
        self, certificates: CertificateEntry | None, feedback: dict[str, FeedbackEntry], raw: dict[str, Any]
    ) -> None:
        if certificates:
            self.mistakes += [Mistake(f"certificates.{key}", it) for key, it in certificate_mistakes(certificates)]
        self.mistakes += [Mistake(path, it) for path, it in feedback_mistakes(feedback, slugs_in(raw))]

    def entry(self, model: type[M], raw: Any, path: str) -> M | None:
        try:
            return model.model_validate(raw, context=FROM_FILE)
        except ValidationError as error:
            details = error.errors()[: max(0, MOST_MISTAKES - len(self.mistakes))]
            self.mistakes += [as_mistake(detail, model, path) for detail in details]
            return None

    def only_entry(self, model: type[M], raw: dict[str, Any], key: str) -> M | None:
        """Read what a file has one of, if it has it."""
        return self.entry(model, raw[key], key) if key in raw else None

    def entries(self, model: type[M], raw: Any, path: str) -> Iterator[tuple[str, M]]:
        if not isinstance(raw, list):
            self.mistakes.append(Mistake(path, f"expected a list of tables, each starting with [[{path}]]"))
            return
        for index, item in enumerate(raw):
            slug = item.get("slug", item.get("key")) if isinstance(item, dict) else None
            place = f"{path}[{index}]" + (f" “{slug}”" if isinstance(slug, str) else "")
            if entry := self.entry(model, item, place):
                yield place, entry

    def check_unique(self, entries: dict[str, Any]) -> None:
        seen: dict[str, str] = {}
        for path, entry in entries.items():
            if first := seen.get(entry.slug):
                self.mistakes.append(Mistake(f"{path}.slug", f"expected another slug: {first} already has this one"))
            seen.setdefault(entry.slug, path)

    def check_criteria(self, edition: EditionEntry) -> None:
        names: set[str] = set()
        for index, criterion in enumerate(edition.criteria):
            if criterion.name.lower() in names:
                message = f"expected another name: another criterion is already called “{criterion.name}”"
                self.mistakes.append(Mistake(f"edition.criteria[{index}].name", message))
            names.add(criterion.name.lower())

    def check_steps(self, steps: dict[str, StepEntry], raw: dict[str, Any]) -> None:
        sessions = slugs_in(raw)
        for path, step in steps.items():
            if step.session is not None and step.session not in sessions:
                self.mistakes.append(Mistake(f"{path}.session", one_of(sessions, step.session, "[[sessions]]")))
        if len(steps) > MOST_STEPS:
            self.mistakes.append(Mistake("steps", f"expected at most {MOST_STEPS} steps, found {len(steps)}"))

    def check_rooms(self, venue: VenueEntry | None) -> None:
        names: set[str] = set()
        for index, room in enumerate(venue.rooms if venue else ()):
            if room.name.lower() in names:
                self.mistakes.append(
                    Mistake(
                        f"venue.rooms[{index}].name",
                        f"expected another name: another room is already called “{room.name}”",
                    )
                )
            names.add(room.name.lower())

    def check_edition(self, edition: EditionEntry) -> None:
        if edition.last_on < edition.first_on:
            self.mistakes.append(Mistake("edition.last_on", f"expected first_on, {edition.first_on}, or a later date"))
        if QuietHours(edition.quiet_from, edition.quiet_until).is_too_long:
            self.mistakes.append(Mistake("edition.quiet_until", "expected a time at most 12 hours after quiet_from"))

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
        running: list[tuple[str, SessionEntry, dt.datetime, dt.datetime]] = []
        for path, session, starts, ends in sorted(timed, key=start_of):
            running = [it for it in running if it[3] > starts]
            first = next((it[0] for it in running if is_not_parallel(it[1], session)), None)
            if (
                first
            ):  # one mistake a session: a file with everything at one time has as many as sessions, not their square
                self.mistakes.append(
                    Mistake(
                        f"{path}.starts_at",
                        f"expected a time after the end of {first}: only sessions of different tracks can run in parallel",
                    )
                )
            running.append((path, session, starts, ends))

    def instant(self, entry: DocumentEntry, key: str, path: str, zone: ZoneInfo) -> dt.datetime | None:
        moment = getattr(entry, key)
        try:
            return moment and as_instant(moment, zone)
        except ValueError as error:
            self.mistakes.append(Mistake(f"{path}.{key}", f"expected a local time of {zone.key}: {error}"))
            return None


def is_not_parallel(one: SessionEntry, other: SessionEntry) -> bool:
    """Return whether the two cannot run at the same time."""
    return one.track is None or other.track is None or one.track == other.track


def slugs_in(raw: dict[str, Any]) -> list[Any]:
    """Return the slugs of the sessions in a file, also of those with mistakes."""
    return [it.get("slug") for it in as_list(raw.get("sessions")) if isinstance(it, dict)]


def as_list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []


def start_of(timed: tuple[str, SessionEntry, dt.datetime, dt.datetime]) -> dt.datetime:
    return timed[2]


def contradictions(session: SessionEntry) -> Iterator[str]:
    """Yield what the database would refuse about a session, as sentences."""
    has_times = (session.starts_at is not None, session.ends_at is not None)
    if any(has_times) and not all(has_times):
        yield "expected starts_at and ends_at together"
    if any(has_times) + (session.held_on is not None) + bool(session.date_hint) > 1:
        yield "expected only one of: starts_at with ends_at, held_on, date_hint"
    if session.status == "confirmed" and not all(has_times):
        yield "expected starts_at and ends_at, because status is confirmed"
    if session.format == "break" and session.is_core:
        yield "expected is_core = false, because a break is never attended"
