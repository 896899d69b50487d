"""Clone an edition to another year, by local date and time."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from programme.actions.locks import PARALLEL_CONSTRAINT, lock_edition
from programme.actions.staff import let_author_in
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import (
    ApplicationCriterion,
    ChecklistItem,
    Delegation,
    Edition,
    Question,
    Session,
    Track,
)
from programme.models.edition_state import state_of
from programme.programme_files.clone_notes import checklist_for, copied, not_copied
from programme.programme_files.clone_steps import clone_steps
from programme.programme_files.clone_texts import clone_texts, texts_of
from programme.rules.copies import name_for_year
from programme.rules.local_times import shift_by_days
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

COPIED_TEXTS = (
    *("tagline", "audience", "organiser_name", "logo", "accent"),
    *("summary", "online_text", "in_person_text", "privacy_text", "accessibility_text", "legal_text"),
)
COPIED_RULES = (
    *("attendance_rule", "attendance_share", "late_tolerance_minutes", "join_opens_minutes", "click_counts"),
    *("takes_applications", "applications_kept_days"),
    *(
        "seat_moves_end_minutes",
        "coming_question_days",
        "quiet_from",
        "quiet_until",
        "reminder_minutes",
        "sends_reminders",
        "sends_notices",
        "sends_chasers",
        "sends_digest",
    ),
)
COPIED_OF_QUESTIONS = (
    *("kind", "labels", "hints", "asked_when", "asked_of", "depends_answers", "is_required", "privacy", "kept_days"),
    *("is_on_lists", "is_on_badge", "position", "is_retired"),
)
SHIFTED_TIMES = (
    *("applications_open_at", "applications_close_at"),
    *("registration_opens_at", "registration_closes_at", "choice_opens_at", "choice_closes_at"),
)


@dataclass(frozen=True)
class Clone:
    """A cloned edition: each session before and after, the checklist, what came along and what did not.

    `token`: of what was copied and how. It differs if the original has changed.
    """

    edition: Edition
    sessions: Sequence[tuple[Session, Session]]
    checklist: Sequence[ChecklistItem]
    copied: list[str]
    not_copied: list[str]
    token: str

    @property
    def to_check(self) -> list[str]:
        return [str(item) for item in self.checklist]


@transaction.atomic
def clone_edition(
    *,
    edition: Edition,
    slug: str,
    first_day: dt.date,
    by: User | None,
    name: str = "",
    takes_cities: bool = False,
    contact_email: str | None = None,
    registration_opens_on: dt.date | None = None,
    agreed_to: str | None = None,
) -> Clone:
    """Create an unpublished edition with tentative sessions, moved by whole days at the same local time.

    `first_day`: the new edition's first day. `takes_cities`: also the cities with their quotas and domains, but no people.
    `contact_email`: None: that of the original. `registration_opens_on`: a local day, if the original's date does not move.
    `agreed_to`: the token of the clone that somebody has read; None: nobody is asked. Raises ProgrammeError if the new
    edition is not valid or sessions overlap, NotAsReadError if it would be another one than was agreed to.
    """
    lock_edition(edition.slug, edition.venue.name if edition.venue else "")
    name = name or name_for_year(edition.name, edition.first_on.year, first_day.year)
    chosen = (slug, name, first_day, contact_email, registration_opens_on)
    token = token_of(edition, chosen, takes_cities=takes_cities)
    if agreed_to is not None and agreed_to != token:
        raise NotAsReadError(_("What is copied is no longer what you have read. Read it again, then create the copy."))
    days = (first_day - edition.first_on).days
    with acting(by):
        values = {"slug": slug, "name": name, **needed_to_publish(edition, contact_email, registration_opens_on)}
        clone = cloned_edition(edition, days, values)
        sessions = clone_sessions(edition, clone, days)
        let_author_in(edition=clone, by=by)
        clone_what_is_asked_and_said(edition, clone, days)
        clone_steps(edition, clone, sessions)
        if takes_cities:
            clone_delegations(edition, clone)
        checklist = ChecklistItem.objects.bulk_create(
            checklist_for(edition, clone, sessions, days=days, takes_cities=takes_cities)
        )
    lists = copied(edition, clone, sessions, days), not_copied(edition, takes_cities=takes_cities)
    return Clone(clone, sessions, checklist, *lists, token)


def needed_to_publish(
    edition: Edition, contact_email: str | None, registration_opens_on: dt.date | None
) -> dict[str, Any]:
    """Return the values of a clone that it needs before it is published, as in `clone_edition`."""
    contact = edition.contact_email if contact_email is None else contact_email
    if registration_opens_on is None:
        return {"contact_email": contact}
    opens_at = dt.datetime.combine(registration_opens_on, dt.time(), edition.zone)
    return {"contact_email": contact, "registration_opens_at": opens_at}


def rehearse_clone(*, edition: Edition, slug: str, first_day: dt.date, **chosen: Any) -> Clone:
    """Return the clone as it would be, by making it and taking it back. Raises and takes values as `clone_edition`."""
    with transaction.atomic():
        clone = clone_edition(edition=edition, slug=slug, first_day=first_day, by=None, **chosen)
        transaction.set_rollback(True)
    return clone


def token_of(edition: Edition, chosen: tuple[Any, ...], *, takes_cities: bool) -> str:
    """Return a hash of what is cloned, in its present state, and how it was `chosen`. Four queries."""
    state = state_of(edition.slug)
    delegations = edition.delegations.order_by("pk").values_list("city", "quota", "email_domains")
    cloned = (state.digest if state else "", list(delegations) if takes_cities else None, texts_of(edition), *chosen)
    return hashlib.sha256(repr(cloned).encode()).hexdigest()[:16]


def cloned_edition(edition: Edition, days: int, values: dict[str, Any]) -> Edition:
    """Save and return the new edition, moved by days, with some values of its own, without its sessions.

    Raises ProgrammeError if it is not valid.
    """
    copied_values = {name: getattr(edition, name) for name in (*COPIED_TEXTS, *COPIED_RULES)}
    times = {name: moved(getattr(edition, name), days, edition) for name in SHIFTED_TIMES}
    clone = Edition(
        time_zone=edition.time_zone,
        first_on=day_after(edition.first_on, days),
        last_on=day_after(edition.last_on, days),
        venue=edition.venue,
        **copied_values | times | values,
    )
    try:
        clone.full_clean()
        with transaction.atomic():
            clone.save()
    except ValidationError as error:
        raise ProgrammeError(f"{values['slug']}: {' '.join(error.messages)}", code="edition_invalid") from error
    except IntegrityError as error:  # somebody else has just added one with this web address
        raise ProgrammeError(_("Another edition has this web address."), code="edition_exists") from error
    return clone


def clone_sessions(edition: Edition, clone: Edition, days: int) -> list[tuple[Session, Session]]:
    """Save the tracks and sessions of the new edition. Return each session before and after. Raises ProgrammeError."""
    tracks = {
        track.pk: Track(edition=clone, slug=track.slug, name=track.name, position=track.position)
        for track in edition.tracks.all()
    }
    Track.objects.bulk_create(tracks.values())
    originals = list(edition.sessions.with_place().exclude(status=Session.Status.CANCELLED).order_by("pk"))
    sessions = [moved_session(original, clone, tracks, days) for original in originals]
    try:
        with transaction.atomic():
            Session.objects.bulk_create(sessions)
    except IntegrityError as error:
        text = _("A session would be outside the years 2000 to 2099. Choose another first day.")
        if PARALLEL_CONSTRAINT in str(error):
            text = _(
                "The clocks change during a session on the new dates, so two sessions would overlap."
                " Choose another first day, or move those sessions first."
            )
        raise ProgrammeError(text, code="sessions_overlap") from error
    return list(zip(originals, sessions, strict=True))


def clone_questions(edition: Edition, clone: Edition, days: int) -> None:
    """Save the questions of the new edition, where they differ from the usual ones that a trigger has added.

    Those that are no longer asked, and choices that are no longer offered, stay behind unless other questions depend on them.
    """
    originals = list(edition.questions.in_order())
    needed = {it.depends_on_id for it in originals if not it.is_retired}
    copied_ones = {it.pk: it for it in originals if it.is_system or not it.is_retired or it.pk in needed}
    copies = {it.key: it for it in clone.questions.all()}

    def copy(original: Question) -> Question:
        present = copies.get(original.key)
        if present and (present.depends_on_id or not original.is_system):
            return present
        values = {name: getattr(original, name) for name in COPIED_OF_QUESTIONS} | {
            "choices": copied_choices(original, copied_ones.values()),
            "required_from": original.required_from and day_after(original.required_from, days),
            "depends_on": copy(copied_ones[original.depends_on_id]) if original.depends_on_id else None,
        }
        question = present or Question(edition=clone, key=original.key)
        if present is None or any(getattr(present, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(question, name, value)
            question.save()
        copies[original.key] = question
        return question

    for original in copied_ones.values():
        copy(original)


def clone_what_is_asked_and_said(edition: Edition, clone: Edition, days: int) -> None:
    """Save the saved texts, the questions, and the criteria of applications of the new edition."""
    clone_texts(edition, clone)
    clone_questions(edition, clone, days)
    clone_criteria(edition, clone)


def clone_criteria(edition: Edition, clone: Edition) -> None:
    ApplicationCriterion.objects.bulk_create(
        ApplicationCriterion(edition=clone, name=it.name, weight=it.weight, position=it.position)
        for it in edition.criteria.all()
    )


def clone_delegations(edition: Edition, clone: Edition) -> None:
    Delegation.objects.bulk_create(
        Delegation(edition=clone, city_id=it.city_id, quota=it.quota, email_domains=it.email_domains)
        for it in edition.delegations.order_by("pk")
    )


def copied_choices(question: Question, others: Iterable[Question]) -> list[dict[str, Any]]:
    """Return the rows of a question's choices that are offered, or with which others are asked."""
    needed = {key for it in others if it.depends_on_id == question.pk for key in it.depends_answers}
    return [it.as_row() for it in question.all_choices if not it.is_retired or it.key in needed]


def day_after(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        raise ProgrammeError(
            _("The first day is too far away. Choose an earlier one."), code="day_out_of_range"
        ) from None


def moved(instant: dt.datetime | None, days: int, edition: Edition) -> dt.datetime | None:
    return instant and shift_by_days(instant, days, edition.zone)


def moved_session(original: Session, clone: Edition, tracks: dict[int, Track], days: int) -> Session:
    starts_at = moved(original.starts_at, days, original.edition)
    ends_at = None
    if starts_at and original.starts_at and original.ends_at:
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
        make_up_question=original.make_up_question,
        reminder_minutes=original.reminder_minutes,
        starts_at=starts_at,
        ends_at=ends_at,
        held_on=original.held_on and day_after(original.held_on, days),
        date_hint=original.date_hint,
    )
