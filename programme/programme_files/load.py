"""Load a programme file into the database, as planned."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.application_decisions import check_told
from programme.actions.applications import offer_usual_questions
from programme.actions.locks import check_parallel_now, defer_parallel_check, lock_edition, lock_programme_loads
from programme.actions.questions import save_question
from programme.actions.quiet_hours import move_held_emails
from programme.actions.sessions import look_for_changes
from programme.actions.staff import let_author_in
from programme.actions.waiting_lists import settling_seats
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import (
    ActionPlanStep,
    ApplicationCriterion,
    CertificateLayout,
    Edition,
    FeedbackSet,
    Logo,
    Question,
    Room,
    Session,
    Track,
    Venue,
)
from programme.programme_files.plan import ProgrammePlan, plan_programme
from programme.programme_files.row_plans import Ref, RowPlan
from programme.programme_files.schema import Document
from programme.queries.announcements import news_to_tell
from programme.queries.seat_effects import SeatEffect, by_email, sentences
from programme.queries.session_changes import news_sentences
from programme.queries.session_plans import check_without_seats
from programme.queries.venues import is_venue_open_to
from udtacademy.accounts.models import User
from udtacademy.admin.confirmation import Confirmation
from udtacademy.db.history import acting


@dataclass(frozen=True)
class Changes:
    """What loading a document did: the plan, and what followed for seats and people, as sentences.

    `n_people`: how many people will be told of sessions.
    """

    plan: ProgrammePlan
    effects: tuple[SeatEffect, ...] = ()
    seats: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    n_people: int = 0

    @property
    def made(self) -> list[str]:
        """Return all changes, as sentences for the person who loads a file by a command."""
        of_rows = [sentence for row in self.plan.rows() for sentence in row_sentences(row, self.plan.zone)]
        return [*of_rows, *self.seats, *self.news]

    @property
    def left_alone(self) -> list[str]:
        return [f"{it.kind} {it.key} is not in the file and stays as it is" for it in self.plan.left]

    @property
    def confirmation(self) -> Confirmation:
        """Return what an organiser agrees to: the plan and the effects on seats, but not what people are told later."""
        n_emails = len(by_email(self.effects))
        return Confirmation(self.seats, (self.plan, self.effects), n_emails, self.news)


@transaction.atomic
def load_programme(*, document: Document, by: User | None, agreed_to: str | None = None) -> tuple[Edition, Changes]:
    """Create or change the edition, venue, tracks, sessions and questions of a document. Rows not in the document stay.

    Loading the same document again changes nothing. `agreed_to`: the token of the `Changes.confirmation` that somebody has
    read; None: nobody is asked. Raises ProgrammeError if a session of the document overlaps with one that only the database
    has, or a session with seats would be unpublished; NotAsReadError if it would do something else than was agreed to.
    """
    with acting(by):
        lock_programme_loads()
        _edition, concerned = lock_edition(document.edition.slug, document.venue.name if document.venue else "")
        plan = plan_programme(document)
        check_venue_is_ours(plan, by)
        with settling_seats(concerned, by=by) as effects:
            edition = carry_out(plan)
        if edition.takes_applications:
            offer_usual_questions(edition=edition, by=by)
        else:
            check_told(edition)
        move_held_emails(edition=edition)
        if plan.edition.is_new:
            let_author_in(edition=edition, by=by)
        news = news_to_tell(edition, timezone.now())
        n_people = len({it.participant_id for it in news})
        changes = Changes(plan, tuple(effects), sentences(effects), tuple(news_sentences(news)), n_people)
        if agreed_to is not None and agreed_to != changes.confirmation.token:
            raise NotAsReadError(_("The programme has changed since you read this. Read it again, then load the file."))
        if plan.is_change:
            look_for_changes()
        return edition, changes


def check_venue_is_ours(plan: ProgrammePlan, by: User | None) -> None:
    """Raise ProgrammeError if the plan changes a venue or room of an edition that `by` does not work in."""
    rows = [it for it in (plan.venue, *plan.rooms) if it and it.pk and it.changed]
    if by and rows and plan.venue and not is_venue_open_to(by, Venue(pk=plan.venue.pk)):
        raise ProgrammeError(
            _("The file changes a venue that other editions use. Ask somebody who works in all editions to load it."),
            code="other_editions_affected",
        )


def rehearse_programme(*, document: Document, by: User | None = None) -> Changes:
    """Return what loading a document would do, by loading it and taking everything back. Raises as `load_programme`."""
    with transaction.atomic():
        _edition, changes = load_programme(document=document, by=by)
        transaction.set_rollback(True)
    return changes


def carry_out(plan: ProgrammePlan) -> Edition:
    """Save the rows of a plan made under locks. Raises ProgrammeError if they cannot be saved."""
    defer_parallel_check()
    try:
        with transaction.atomic():
            edition = save_rows(plan)
    except IntegrityError as error:
        text = _("The database refuses this file: %(error)s.")
        raise ProgrammeError(text % {"error": str(error).partition("\n")[0]}, code="file_refused") from error
    check_parallel_now(
        _(
            "A session would overlap with one that is not in the programme file."
            " Cancel or move that session first, or add it to the file."
        )
    )
    return edition


def save_rows(plan: ProgrammePlan) -> Edition:
    refs: dict[tuple[str, str], int] = {}
    venue = put(plan.venue, Venue(), refs) if plan.venue else None
    for row in plan.rooms:
        put(row, Room(venue=venue), refs)
    if plan.logo:
        put(plan.logo, Logo(), refs)
    edition: Edition = put(plan.edition, Edition(slug=plan.edition.key), refs)
    for row in plan.tracks:
        put(row, Track(edition=edition, slug=row.key), refs)
    changed = [row for row in plan.sessions if row.changed]
    known = edition.sessions.select_related("edition").in_bulk([row.pk for row in changed if row.pk])
    for row in changed:
        session = known[row.pk] if row.pk else Session(edition=edition, slug=row.key)
        if row.pk and session.is_published and not row.values["is_published"]:
            check_without_seats(session)
        save(session, row, refs)
        refs["session", row.key] = session.pk
    save_questions(edition, plan.questions)
    for row in plan.criteria:
        put(row, ApplicationCriterion(edition=edition), refs)
    for row in plan.steps:
        put(row, ActionPlanStep(edition=edition, slug=row.key), refs)
    if plan.certificate:
        put(plan.certificate, CertificateLayout(edition=edition), refs)
    for row in plan.feedback:
        put(row, FeedbackSet(edition=edition), refs)
    return edition


def save_questions(edition: Edition, rows: Sequence[RowPlan]) -> None:
    """Save the questions that differ, those that others depend on first. Raises ProgrammeError as `save_question`."""
    known = {it.key: it for it in edition.questions.all()} if rows else {}
    for row in parents_first(rows):
        question = known.setdefault(row.key, Question(edition=edition, key=row.key))
        was_retired, changed = question.is_retired, [it for it in row.fields if question.pk is None or row.is_new]
        for change in changed or row.changed:
            value = known[change.after.key] if isinstance(change.after, Ref) else change.after
            setattr(question, change.name, value)
        if not (changed or row.changed):
            continue
        if was_retired and not question.is_retired:
            question.asked_since = timezone.now()
        save_question(question=question, by=None)
        position = row.values["position"]
        if question.position != position:
            question.position = position
            question.save(update_fields=["position"])


def parents_first(rows: Sequence[RowPlan]) -> list[RowPlan]:
    """Return rows of questions so that each comes after the one it depends on."""
    by_key = {row.key: row for row in rows}
    ordered: dict[str, RowPlan] = {}

    def add(row: RowPlan) -> None:
        parent = row.values["depends_on"]
        if parent and parent.key in by_key and parent.key not in ordered:
            add(by_key[parent.key])
        ordered[row.key] = row

    for row in rows:
        if row.key not in ordered:
            add(row)
    return list(ordered.values())


def put(row: RowPlan, new: models.Model, refs: dict[tuple[str, str], int]) -> Any:
    """Save a row if it differs, and note its primary key for those that refer to it. `new`: the row if it is not there yet."""
    instance = new if row.is_new else type(new)._default_manager.get(pk=row.pk)
    if row.changed:
        save(instance, row, refs)
    refs[row.kind, row.key] = instance.pk
    return instance


def save(instance: models.Model, row: RowPlan, refs: Mapping[tuple[str, str], int]) -> None:
    for change in row.changed:
        if isinstance(change.after, Ref):
            setattr(instance, f"{change.name}_id", change.after.pk or refs[change.name, change.after.key])
        else:
            setattr(instance, change.name, change.after)
    instance.save()


def row_sentences(row: RowPlan, zone: dt.tzinfo) -> Iterator[str]:
    if row.is_new:
        yield f"new: {row.kind} {row.key}"
        return
    for change in row.changed:
        before, after = shown(change.before, zone), shown(change.after, zone)
        yield f"changed: {row.kind} {row.key}: {change.name} {before} → {after}"


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
