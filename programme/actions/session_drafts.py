"""Draft changes of a programme, and publish them: nothing is public before.

An edition has one draft, which its organisers share. Who changes or publishes it locks the edition (`lock_draft`).
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from programme.actions.draft_log import log_discarded
from programme.actions.locks import check_parallel_now, defer_parallel_check, lock_draft, lock_sessions
from programme.actions.sessions import look_for_changes, save_valid
from programme.actions.waiting_lists import carry_out, deferring_one_seat_check, locked_plan
from programme.errors import NotAsReadError, ProgrammeError
from programme.models import Edition, Session, SessionDraft
from programme.queries.draft_review import DraftReview, review_draft
from programme.queries.session_drafts import NEW, TableRow, programme_table
from programme.queries.session_plans import plan_session_change
from programme.rules.session_rows import SessionRow, changed_names, shifted
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def save_draft(*, edition: Edition, rows: Mapping[str, SessionRow], by: User, token: uuid.UUID | None = None) -> None:
    """Draft these rows of the programme table, given by key (`TableRow.key`, or `NEW`). Other rows stay.

    If a row equals its session, its draft is deleted. A row to add without a title is dropped. `token`: identifies the page
    that was sent, so that sending it twice adds its new row once.
    """
    lock_draft(edition)
    present = {row.key: row for row in programme_table(edition).rows}
    for key, after in rows.items():
        if key == NEW:
            draft_new_row(edition, after, by, token)
        elif row := present.get(key):
            draft_row(edition, row, after, by)


def draft_new_row(edition: Edition, row: SessionRow, by: User, token: uuid.UUID | None) -> None:
    """Draft a session to add, unless the same page has added the same one."""
    added = SessionDraft.objects.filter(token=token).first() if token else None
    if added is None:
        draft_addition(SessionDraft(edition=edition, token=token), row, by)
    elif added.values != row.as_json():
        draft_addition(SessionDraft(edition=edition), row, by)


def draft_row(edition: Edition, row: TableRow, after: SessionRow, by: User) -> None:
    if row.session is None:
        draft_addition(row.draft or SessionDraft(edition=edition), after, by)
        return
    names = changed_names(row.before, after)
    if not names:
        if row.draft:
            row.draft.delete()
        return
    draft = row.draft or SessionDraft(edition=edition, session=row.session)
    values, present = after.as_json(), row.before.as_json()
    base = {
        name: draft.base.get(name, present[name]) if values[name] == draft.values.get(name) else present[name]
        for name in names
    }
    keep(draft, {name: values[name] for name in names}, base, by)


def draft_addition(draft: SessionDraft, row: SessionRow, by: User) -> None:
    if row.title:
        keep(draft, row.as_json(), {}, by)
    elif draft.pk:
        draft.delete()


def keep(draft: SessionDraft, values: dict[str, object], base: dict[str, object], by: User) -> None:
    """Save a draft if it differs from what is saved."""
    if draft.pk is None or (draft.values, draft.base) != (values, base):
        draft.values, draft.base, draft.changed_by = values, base, by
        draft.save()


def shift_rows(rows: Mapping[str, SessionRow], by: dt.timedelta) -> dict[str, SessionRow]:
    """Return the rows moved by local time. Raises ProgrammeError if there are none, or one of them cannot be moved."""
    if not rows:
        raise ProgrammeError(_("Select the sessions to shift, or choose a day."), code="nothing_selected")
    return {key: shifted(row, by) for key, row in rows.items()}


@transaction.atomic
def discard_draft(*, edition: Edition, by: User, keys: Collection[str] | None = None) -> int:
    """Forget what is drafted, of these rows (None: of all), and log what it was. Return how many there were."""
    lock_draft(edition)
    table = programme_table(edition)
    drafts = [(row, row.draft) for row in table.rows if row.draft and (keys is None or row.key in keys)]
    log_discarded(table, [row for row, _draft in drafts], by)
    SessionDraft.objects.filter(pk__in=[draft.pk for _row, draft in drafts]).delete()
    return len(drafts)


@transaction.atomic
def publish_draft(*, edition: Edition, by: User, agreed_to: str, keys: Collection[str] | None = None) -> DraftReview:
    """Change and add the sessions of these rows as drafted, all or none, and carry out what follows for seats.

    `keys`: of rows; None: all that can be published. The others stay drafted. Return what was done. Raises NotAsReadError unless
    `agreed_to` is the token of the review that was shown, and ProgrammeError if something stands in the way. Does nothing if
    all the rows are published already.
    """
    lock_draft(edition)
    lock_sessions([edition.pk])
    review = review_draft(
        programme_table(edition),
        timezone.now(),
        lambda sessions: locked_plan(lambda: plan_session_change(sessions)),
        keys,
    )
    if not review.rows or (keys and not review.chosen):
        return review
    if review.token != agreed_to:
        raise NotAsReadError(_("Something has changed since you opened this page. Check it, then publish again."))
    if not review.chosen:
        raise ProgrammeError(_("Tick the changes to publish."), code="nothing_selected")
    if any(it.row.session is None for it in review.chosen) and not by.has_perm("programme.add_session"):
        raise ProgrammeError(
            _("The draft adds sessions, which you may not. Ask an organiser to publish it."), code="may_not_add"
        )
    if review.programme.problems:
        raise ProgrammeError(" ".join(review.programme.problems), code="draft_invalid")
    with acting(by), deferring_one_seat_check():
        save_together(review.programme.changed, edition)
        carry_out(review.effects)
    drafts = [it.row.draft.pk for it in review.chosen if it.row.draft]
    SessionDraft.objects.filter(pk__in=drafts).delete()
    look_for_changes()
    return review


def save_together(sessions: Sequence[Session], edition: Edition) -> None:
    """Save sessions that may overlap until the last is saved. Raises ProgrammeError if the database refuses one."""
    taken = set(edition.sessions.values_list("slug", flat=True))
    defer_parallel_check()
    for session in sessions:
        if not session.pk:
            session.slug = free_slug(session.title, taken)
        try:
            with transaction.atomic():
                save_valid(session, validate_constraints=False)
        except IntegrityError as error:
            text = _("“%(session)s” cannot be saved like this. Change it on its own page.")
            raise ProgrammeError(text % {"session": session}, code="session_invalid") from error
    check_parallel_now(_("Two sessions overlap. Only sessions of different tracks can."))


def free_slug(title: str, taken: set[str]) -> str:
    """Return a web address for a new session that is not taken in its edition, and take it."""
    stem = slugify(title)[:70].strip("-") or "session"
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    taken.add(slug)
    return slug
