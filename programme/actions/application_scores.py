"""Criteria, scores, conflicts of interest and notes: how organisers judge applications (decision 57)."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programme.actions.locks import lock_applications, lock_draft
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import (
    Application,
    ApplicationConflict,
    ApplicationCriterion,
    ApplicationNote,
    ApplicationScore,
    Edition,
)
from programme.queries.last_changes import last_change
from programme.rules.applications import MOST_CRITERIA
from udtacademy.accounts.models import User
from udtacademy.db.history import acting

State = Application.State


@dataclass(frozen=True)
class CriterionRow:
    """A criterion as it is to be. `pk`: None for a new one."""

    pk: int | None
    name: str
    weight: int


@transaction.atomic
def save_criteria(*, edition: Edition, rows: Sequence[CriterionRow], by: User, as_read: str = "") -> None:
    """Save the criteria of an edition in this order, and delete those left out.

    `as_read`: the token of the criteria that were changed; raises NotAsReadError if somebody else has changed them to something
    different meanwhile. Raises ProgrammeError if one with scores would be deleted, for two with the same name, and for too many.
    """
    lock_draft(edition)
    known = {it.pk: it for it in edition.criteria.all()}
    if as_read and token_of_criteria(known.values()) != as_read:
        if [(it.name, it.weight) for it in known.values()] == [(row.name, row.weight) for row in rows]:
            return  # saved already, as after a second click
        who = last_change(ApplicationCriterion, edition, by)
        text = _("The criteria have changed since you opened the page. What you entered has not been saved.")
        raise NotAsReadError(f"{text} {who}".strip())
    if len({row.name.casefold() for row in rows}) < len(rows):
        raise ProgrammeError(_("Two criteria have the same name."), code="criterion_twice")
    if len(rows) > MOST_CRITERIA:
        raise ProgrammeError(
            _("An edition can have at most %(n)s criteria.") % {"n": MOST_CRITERIA}, code="too_many_criteria"
        )
    with acting(by):
        for pk in known.keys() - {row.pk for row in rows}:
            check_without_scores(known[pk])
            known[pk].delete()
        for position, row in enumerate(rows, start=1):
            criterion = known.get(row.pk or 0) or ApplicationCriterion(edition=edition)
            before = (criterion.name, criterion.weight, criterion.position)
            criterion.name, criterion.weight, criterion.position = row.name, row.weight, position
            if criterion.pk is None or before != (row.name, row.weight, position):
                save_criterion(criterion)


def token_of_criteria(criteria: Iterable[ApplicationCriterion]) -> str:
    """Return a hash of the criteria of an edition, in order; it differs if somebody has changed them."""
    content = json.dumps([(it.pk, it.name, it.weight) for it in criteria])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def save_criterion(criterion: ApplicationCriterion) -> None:
    try:
        with transaction.atomic():
            criterion.save()
    except IntegrityError as error:  # as when two exchange their names
        raise ProgrammeError(
            _("The edition already has a criterion with this name."), code="criterion_twice"
        ) from error


def check_without_scores(criterion: ApplicationCriterion) -> None:
    if n := criterion.scores.count():
        text = ngettext(
            "“%(criterion)s” has %(n)s score. Give it the weight 0 instead: then it does not count.",
            "“%(criterion)s” has %(n)s scores. Give it the weight 0 instead: then it does not count.",
            n,
        )
        raise ProgrammeError(text % {"criterion": criterion, "n": n}, code="criterion_with_scores")


@transaction.atomic
def save_scores(*, application: Application, points: Mapping[int, int], by: User) -> None:
    """Save the actor's points by criterion (primary key), in place of those they gave before.

    Raises ProgrammeError for those with a conflict of interest, and for an application that has been withdrawn.
    """
    application = lock_one(application)
    check_without_conflict(application, by)
    if application.state == State.WITHDRAWN:
        raise ProgrammeError(
            _("The application has been withdrawn, so it can no longer be scored."), code="application_withdrawn"
        )
    now = timezone.now()
    criteria = ApplicationCriterion.objects.filter(edition=application.edition_id, pk__in=points)
    rows = [
        ApplicationScore(
            application=application,
            criterion=it,
            edition_id=application.edition_id,
            scorer=by,
            points=points[it.pk],
            scored_at=now,
        )
        for it in criteria
    ]
    with acting(by):
        ApplicationScore.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["application", "criterion", "scorer"],
            update_fields=["points", "scored_at"],
        )


@transaction.atomic
def declare_conflict(*, application: Application, reason: str, by: User) -> bool:
    """Record that the actor has a conflict of interest, and delete the scores they gave. Return whether it is new."""
    application = lock_one(application)
    with acting(by):
        _conflict, is_new = ApplicationConflict.objects.get_or_create(
            application=application, organiser=by, defaults={"reason": reason}
        )
        application.scores.filter(scorer=by).delete()
    return is_new


@transaction.atomic
def lift_conflict(*, conflict: ApplicationConflict, by: User) -> bool:
    """Remove a colleague's conflict of interest, which was declared by mistake. Return whether that changed anything.

    Raises ProgrammeError for one's own, and for those with a conflict themselves.
    """
    application = lock_one(conflict.application)
    if conflict.organiser_id == by.pk:
        raise ProgrammeError(_("Ask a colleague to remove your conflict of interest."), code="own_conflict")
    check_without_conflict(application, by)
    with acting(by):
        n, _by_model = ApplicationConflict.objects.filter(pk=conflict.pk).delete()
    return bool(n)


@transaction.atomic
def add_note(*, application: Application, text: str, by: User) -> ApplicationNote:
    """Add a note of the actor. Raises ProgrammeError for those with a conflict of interest."""
    application = lock_one(application)
    check_without_conflict(application, by)
    with acting(by):
        return ApplicationNote.objects.create(application=application, author=by, text=text)


def lock_one(application: Application) -> Application:
    """Lock an application. Raises ProgrammeError if it has been deleted."""
    locked = lock_applications(application.edition, [application.pk])
    if not locked:
        raise ProgrammeError(_("The application has been deleted."), code="application_deleted")
    return locked[0]


def check_without_conflict(application: Application, user: User) -> None:
    """Raise ProgrammeError if the user has a conflict of interest in an application."""
    if Application.objects.filter(pk=application.pk).in_conflict(user).exists():
        raise ProgrammeError(_("You have a conflict of interest in this application."), code="conflict_of_interest")
