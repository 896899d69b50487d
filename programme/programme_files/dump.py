"""Write an edition as a programme file, without loss."""

import base64
from typing import Any

import tomli_w

from programme.models import CertificateLayout, Edition, Question, Session, Venue
from programme.programme_files.certificate_entries import CertificateEntry, SignatoryEntry, WordsEntry
from programme.programme_files.feedback_sets import feedback_entries
from programme.programme_files.question_entries import ChoiceEntry, QuestionEntry
from programme.programme_files.schema import (
    PLAIN_FIELDS,
    WINDOWS,
    CriterionEntry,
    Document,
    EditionEntry,
    RoomEntry,
    SessionEntry,
    StepEntry,
    TrackEntry,
    VenueEntry,
    as_moment,
)
from programme.rules.questions import FIRST_POSITIONS, SYSTEM_QUESTIONS


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
        questions=_question_entries(edition),
        steps=tuple(
            StepEntry(
                slug=it.slug,
                title=it.title,
                guidance=it.guidance,
                session=it.session.slug if it.session else None,
                days_before=it.days_before,
            )
            for it in edition.steps.select_related("session").order_by("position", "pk")
        ),
        certificates=_certificate_entry(edition),
        feedback=feedback_entries(edition),
    )


def _certificate_entry(edition: Edition) -> CertificateEntry | None:
    """Return the layout of certificates; None if the edition has none of its own."""
    layout = CertificateLayout.objects.filter(edition=edition).first()
    if layout is None:
        return None
    return CertificateEntry(
        languages=tuple(layout.languages),
        signatories=tuple(SignatoryEntry(**it) for it in layout.signatories),
        words={language: WordsEntry(**words) for language, words in layout.words.items()},
    )


def dumps(document: Document) -> str:
    """Write a programme file. `reading.loads` gives the same document back."""
    raw = document.model_dump(exclude_defaults=True, exclude_none=True)
    return tomli_w.dumps(raw, multiline_strings=True)


def _edition_entry(edition: Edition) -> EditionEntry:
    keys = EditionEntry.model_fields.keys() - {"logo", "criteria", *WINDOWS}
    plain: dict[str, Any] = {key: getattr(edition, key) for key in keys}
    plain["logo"] = base64.b64encode(edition.logo.content).decode() if edition.logo else ""
    plain["reminder_minutes"] = tuple(edition.reminder_minutes)
    plain["criteria"] = tuple(CriterionEntry(name=it.name, weight=it.weight) for it in edition.criteria.all())
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


def _question_entries(edition: Edition) -> tuple[QuestionEntry, ...]:
    """Return the questions in their order; none if the edition asks what every edition asks, as usual."""
    questions = list(edition.questions.select_related("depends_on").in_order())
    entries = tuple(_question_entry(question) for question in questions)
    is_usual = entries == tuple(QuestionEntry(key=key) for key in FIRST_POSITIONS)
    return () if is_usual else entries


def _question_entry(question: Question) -> QuestionEntry:
    system = SYSTEM_QUESTIONS.get(question.key)
    usual = {"asked_when": system.when, "is_required": system.is_required, "privacy": system.privacy} if system else {}
    names = ("asked_when", "is_required", "privacy", *(() if system else ("kind",)))
    values: dict[str, Any] = {it: getattr(question, it) for it in names if getattr(question, it) != usual.get(it)}
    plain = ("labels", "hints", "asked_of", "required_from", "kept_days", "is_on_lists", "is_on_badge")
    return QuestionEntry(
        key=question.key,
        choices=tuple(
            ChoiceEntry(key=it.key, labels=dict(it.labels), is_offered=not it.is_retired) for it in question.all_choices
        ),
        depends_on=question.depends_on.key if question.depends_on else None,
        depends_answers=tuple(question.depends_answers),
        is_asked=not question.is_retired,
        **values,
        **{name: getattr(question, name) for name in plain},
    )
