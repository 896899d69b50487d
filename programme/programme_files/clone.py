"""Clone an edition to another year, by local date and time."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from programme.errors import ProgrammeError
from programme.models import Edition, Session, Track
from programme.rules.local_times import shift_by_days
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

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
    """A cloned edition, with checklists of what was copied, needs checking, and was not copied."""

    edition: Edition
    copied: list[str]
    to_check: list[str]
    not_copied: list[str]


@transaction.atomic
def clone_edition(*, edition: Edition, slug: str, first_day: dt.date, by: User | None, name: str = "") -> Clone:
    """Create an unpublished edition with tentative sessions, moved by whole days at the same local time.

    `first_day`: the new edition's first day. Raises ProgrammeError if the new edition is not valid or sessions overlap.
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
                "The clocks change during a session on the new dates, so two sessions would overlap."
                " Choose another first day, or move those sessions first."
            ) from error
    return Clone(clone, *_checklist(edition, clone, originals, days))


def name_for_year(name: str, old: int, new: int) -> str:
    """Return the name with the year replaced ("UDT Academy 2026"), or appended if it has none."""
    return name.replace(str(old), str(new)) if str(old) in name else f"{name} {new}"


def day_after(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        raise ProgrammeError("The first day is too far away. Choose an earlier one.") from None


def _moved(original: Session, clone: Edition, tracks: dict[int, Track], days: int) -> Session:
    starts_at = ends_at = None
    if original.starts_at and original.ends_at:
        starts_at = shift_by_days(original.starts_at, days, original.edition.zone)
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
        f"texts, contact, attendance rules, time zone ({clone.time_zone}) and venue ({clone.venue or 'none'})",
        f"{clone.tracks.count()} tracks",
        f"{len(originals)} sessions, {days:+d} days at the same local time, all to be confirmed",
    ]
    to_check = [
        f"“{session.title}” keeps its date in words: {session.date_hint or 'to be announced'}"
        for session in originals
        if not session.local_day
    ]
    to_check += ["dates and years in the texts are still those of the old edition", "the new edition is not published"]
    to_check += ["registration has no opening date yet, so nobody can register"]
    if clone.tracks.exists():
        to_check += ["choosing tracks has no opening date yet, so nobody can choose"]
    if days % 7:
        to_check.insert(
            0, f"weekdays change: {edition.first_on:%A} {edition.first_on} → {clone.first_on:%A} {clone.first_on}"
        )
    not_copied = [f"{edition.delegations.count()} delegations and {edition.participants.count()} participants"]
    not_copied += ["links to meetings and recordings"]
    not_copied += [f"cancelled session “{session.title}”" for session in cancelled]
    return copied, to_check, not_copied
