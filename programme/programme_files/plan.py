"""Plan what loading a programme file changes, row by row, from what the database has now. Reads only.

A plan is plain values: two plans of the same file are equal as long as nothing that the file describes has changed.
"""

import base64
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from programme.models import CertificateLayout, Choice, Edition, Logo, Question, Session, Venue
from programme.programme_files.feedback_sets import plan_feedback
from programme.programme_files.question_entries import QuestionEntry
from programme.programme_files.row_plans import LeftAlone, Ref, RowPlan, plan_row
from programme.programme_files.schema import (
    PLAIN_FIELDS,
    WINDOWS,
    CriterionEntry,
    Document,
    EditionEntry,
    SessionEntry,
    VenueEntry,
    as_instant,
)
from programme.rules.questions import SYSTEM_QUESTIONS, Privacy, When

LOGO_FIELDS = ("digest", "kind", "width", "height", "content")


@dataclass(frozen=True)
class ProgrammePlan:
    """What loading a document does. `zone`: of the document; `left`: what it does not mention."""

    zone: dt.tzinfo
    venue: RowPlan | None
    rooms: tuple[RowPlan, ...]
    logo: RowPlan | None
    edition: RowPlan
    tracks: tuple[RowPlan, ...]
    sessions: tuple[RowPlan, ...]
    questions: tuple[RowPlan, ...]
    criteria: tuple[RowPlan, ...]
    steps: tuple[RowPlan, ...]
    certificate: RowPlan | None
    feedback: tuple[RowPlan, ...]
    left: tuple[LeftAlone, ...]

    def rows(self) -> Iterator[RowPlan]:
        """Yield the rows in the order in which they are saved: each after those that it refers to."""
        if self.venue:
            yield self.venue
        if self.logo:
            yield self.logo
        yield from (*self.rooms, self.edition, *self.tracks, *self.sessions, *self.questions, *self.criteria)
        yield from self.steps
        if self.certificate:
            yield self.certificate
        yield from self.feedback

    @property
    def is_change(self) -> bool:
        return any(row.changed for row in self.rows())


def plan_programme(document: Document) -> ProgrammePlan:
    """Compare a document with the database.

    Five queries, however long it is, and one more each for a logo, questions, criteria, steps, certificates and feedback.
    """
    entry = document.edition
    venue, rooms, left = plan_venue(document.venue) if document.venue else (None, (), ())
    known = Edition.objects.select_related("venue", "logo").defer("logo__content").filter(slug=entry.slug).first()
    logo = plan_logo(entry.logo) if entry.logo else None
    refs = {"venue": venue.ref if venue else None, "logo": logo.ref if logo else None}
    values = edition_values(entry, document.zone) | refs
    edition = plan_row("edition", entry.slug, entry.name, known, values)
    tracks, left_tracks = plan_tracks(known, document)
    sessions, left_sessions = plan_sessions(
        known, document, {it.key: it for it in tracks}, {it.key: it for it in rooms}
    )
    questions, left_questions = plan_questions(known, document)
    criteria, left_criteria = plan_criteria(known, entry.criteria)
    steps, left_steps = plan_steps(known, document, {it.key: it for it in sessions})
    certificate = plan_certificate(known, document)
    feedback, left_feedback = plan_feedback(known, document.feedback, {it.key: it for it in sessions})
    left = (*left, *left_tracks, *left_sessions, *left_questions, *left_criteria, *left_steps, *left_feedback)
    of_edition = (edition, tracks, sessions, questions, criteria, steps, certificate, feedback)
    return ProgrammePlan(document.zone, venue, rooms, logo, *of_edition, left)


def plan_venue(entry: VenueEntry) -> tuple[RowPlan, tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    venue = Venue.objects.filter(name__iexact=entry.name).first()
    row = plan_row("venue", entry.name, entry.name, venue, {"name": entry.name, "address": entry.address})
    known = {room.name.lower(): room for room in venue.rooms.order_by("name")} if venue else {}
    rooms = tuple(
        plan_row(
            "room",
            item.name,
            f"{item.name}, {entry.name}",
            known.pop(item.name.lower(), None),
            {"name": item.name, "capacity": item.capacity},
        )
        for item in entry.rooms
    )
    return row, rooms, tuple(LeftAlone("room", room.name, room.name) for room in known.values())


def plan_logo(text: str) -> RowPlan:
    """Plan a logo, given in base64. Logos never change: it is new, or there."""
    new = Logo.of_file(base64.b64decode(text))
    known = Logo.objects.filter(digest=new.digest).defer("content").first()
    values = {} if known else {name: getattr(new, name) for name in LOGO_FIELDS}
    return plan_row("logo", new.digest, str(new), known, values)


def plan_tracks(edition: Edition | None, document: Document) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    """Plan the tracks. Their positions stay if they are in the order of the file."""
    known = {track.slug: track for track in edition.tracks.order_by("position", "pk")} if edition else {}
    named = [item.slug for item in document.tracks]
    is_in_order = [slug for slug in known if slug in named] == named
    rows = []
    for number, item in enumerate(document.tracks):
        track = known.get(item.slug)
        position = track.position if track and is_in_order else number
        rows.append(plan_row("track", item.slug, item.name, track, {"name": item.name, "position": position}))
    left = sorted(known.keys() - set(named))
    return tuple(rows), tuple(LeftAlone("track", slug, known[slug].name) for slug in left)


def plan_criteria(
    edition: Edition | None, entries: Sequence[CriterionEntry]
) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    """Plan the criteria, if the file has any. Those that only the edition has come last."""
    known = {it.name.lower(): it for it in edition.criteria.all()} if edition and entries else {}
    rows = tuple(
        plan_row(
            "criterion",
            item.name,
            item.name,
            known.pop(item.name.lower(), None),
            {"name": item.name, "weight": item.weight, "position": number},
        )
        for number, item in enumerate(entries, start=1)
    )
    return rows, tuple(LeftAlone("criterion", it.name, it.name) for it in known.values())


def plan_steps(
    edition: Edition | None, document: Document, sessions: Mapping[str, RowPlan]
) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    """Plan the steps of Action Plans, if the file has any. Those that only the edition has come last."""
    of_edition = edition.steps.select_related("session") if edition and document.steps else ()
    known = {it.slug: it for it in of_edition}
    rows = tuple(
        plan_row(
            "step",
            item.slug,
            item.title,
            known.pop(item.slug, None),
            {
                "title": item.title,
                "guidance": item.guidance,
                "session": sessions[item.session].ref if item.session else None,
                "days_before": item.days_before,
                "position": number,
            },
        )
        for number, item in enumerate(document.steps, start=1)
    )
    return rows, tuple(LeftAlone("step", it.slug, it.title) for it in known.values())


def plan_certificate(edition: Edition | None, document: Document) -> RowPlan | None:
    """Plan the layout of certificates, if the file has one."""
    if document.certificates is None:
        return None
    layout = CertificateLayout.objects.filter(edition=edition).first() if edition else None
    entry = document.edition
    return plan_row("certificate", entry.slug, entry.name, layout, document.certificates.as_row())


def plan_sessions(
    edition: Edition | None, document: Document, tracks: Mapping[str, RowPlan], rooms: Mapping[str, RowPlan]
) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    of_edition = edition.sessions.select_related("track", "room__venue") if edition else Session.objects.none()
    known = {session.slug: session for session in of_edition}
    rows = []
    for item in document.sessions:
        values = session_values(item, document.zone) | {
            "track": tracks[item.track].ref if item.track else None,
            "room": rooms[item.room].ref if item.room else None,
        }
        rows.append(plan_row("session", item.slug, item.title, known.pop(item.slug, None), values))
    return tuple(rows), tuple(LeftAlone("session", slug, known[slug].title) for slug in sorted(known))


def plan_questions(edition: Edition | None, document: Document) -> tuple[tuple[RowPlan, ...], tuple[LeftAlone, ...]]:
    """Plan the questions, if the file has any. Their positions stay if they are in the order of the file."""
    if not document.questions:
        return (), ()
    of_edition = edition.questions.select_related("depends_on").in_order() if edition else ()
    known = {question.key: question for question in of_edition}
    named = [item.key for item in document.questions]
    is_in_order = [key for key in known if key in named] == named
    rows = []
    for number, item in enumerate(document.questions, start=1):
        question, parent = known.get(item.key), known.get(item.depends_on or "")
        values = question_values(item, question) | {
            "position": question.position if question and is_in_order else number,
            "depends_on": Ref(parent.pk if parent else None, item.depends_on, str(parent or item.depends_on))
            if item.depends_on
            else None,
        }
        title = str(Question(key=item.key, labels=item.labels))
        rows.append(plan_row("question", item.key, title, question, values))
    left = [it for key, it in known.items() if key not in named]
    return tuple(rows), tuple(LeftAlone("question", it.key, str(it)) for it in left)


def edition_values(entry: EditionEntry, zone: Any) -> dict[str, Any]:
    plain = {
        key: getattr(entry, key)
        for key in EditionEntry.model_fields
        if key not in {"slug", "logo", "criteria", *WINDOWS}
    }
    plain["reminder_minutes"] = list(entry.reminder_minutes)
    times = {key: getattr(entry, key) and as_instant(getattr(entry, key), zone) for key in WINDOWS}
    return plain | times


def session_values(entry: SessionEntry, zone: Any) -> dict[str, Any]:
    offsets = entry.reminder_minutes
    return {key: getattr(entry, key) for key in PLAIN_FIELDS} | {
        "reminder_minutes": None if offsets is None else list(offsets),
        "starts_at": entry.starts_at and as_instant(entry.starts_at, zone),
        "ends_at": entry.ends_at and as_instant(entry.ends_at, zone),
    }


def question_values(entry: QuestionEntry, known: Question | None) -> dict[str, Any]:
    """Return the values of a question. Choices that people once chose, and the file does not mention, stay retired."""
    system = SYSTEM_QUESTIONS.get(entry.key)
    choices = [Choice(it.key, it.labels, is_retired=not it.is_offered) for it in entry.choices]
    keys = {it.key for it in choices}
    choices += [it for it in known.all_choices if it.is_retired and it.key not in keys] if known else []
    is_required = bool(system and system.is_required) if entry.is_required is None else entry.is_required
    return {
        "kind": str(system.kind) if system else entry.kind,
        "labels": entry.labels,
        "hints": entry.hints,
        "choices": [it.as_row() for it in choices],
        "asked_when": entry.asked_when or str(system.when if system else When.REGISTRATION),
        "asked_of": entry.asked_of,
        "depends_answers": list(entry.depends_answers),
        "is_required": is_required,
        "required_from": entry.required_from,
        "privacy": entry.privacy or str(system.privacy if system else Privacy.PLAIN),
        "kept_days": entry.kept_days,
        "is_on_lists": entry.is_on_lists,
        "is_on_badge": entry.is_on_badge,
        "is_retired": not entry.is_asked,
    }
