"""What organisers do with a session: publish, confirm, cancel, postpone.

Each verb locks the session, changes nothing when there is nothing to change (the second click), and returns whether it
changed something. The history keeps who did it; the calendar sequence moves by itself, by a database trigger.
"""

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from programme.actions.locks import lock_sessions
from programme.actions.waiting_lists import settling_seats
from programme.errors import ProgrammeError
from programme.models import Session, User
from programme.rules.local_times import shift_by_days
from udtacademy.db.history import acting
from udtacademy.outbox import queue


@transaction.atomic
def save_session(*, session: Session, by: User | None) -> None:
    """Save what an organiser typed, and let seats follow from it.

    Why it was put off is no reason for a time that was typed since.
    """
    time = {name: getattr(session, name) for name in ("starts_at", "ends_at", "held_on", "date_hint")}
    with acting(by), settling_seats([session.edition_id], by=by):
        if not session.is_cancelled and not Session.objects.filter(pk=session.pk, **time).exists():
            session.status_reason = ""
        session.save()
    look_for_changes()


def look_for_changes() -> None:
    """Once this is committed: what begins soon is told at once, not only when beat asks the next time."""
    if nudge not in [waiting[1] for waiting in connection.run_on_commit]:  # once for a transaction
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    from programme.tasks import follow_changes  # noqa: PLC0415 - task asked after commit

    queue.ask_for(follow_changes)


@transaction.atomic
def publish_session(*, session: Session, by: User) -> bool:
    """Show the session on the public pages and in the calendar."""
    return _change(session, by, lambda it: setattr(it, "is_published", True))


@transaction.atomic
def unpublish_session(*, session: Session, by: User) -> bool:
    """Take the session off the public pages. Whoever was told of it is told, and it leaves their calendar.

    Raises ProgrammeError when people have seats in it: it is cancelled instead, which says why.
    """
    lock_sessions([session.edition_id])
    check_without_seats(session)
    return _change(session, by, lambda it: setattr(it, "is_published", False))


@transaction.atomic
def confirm_session(*, session: Session, by: User) -> bool:
    """Say that it is held as planned; a cancelled one is on again.

    Raises ProgrammeError for a session without times, or when another one has taken its time meanwhile.
    """

    def confirm(it: Session) -> None:
        it.status, it.status_reason = Session.Status.CONFIRMED, ""

    return _change(session, by, confirm)


@transaction.atomic
def cancel_session(*, session: Session, by: User, reason: str = "") -> bool:
    """Say that it is not held, and why. It stays on the pages, struck through, so that nobody looks for it in vain."""

    def cancel(it: Session) -> None:
        it.status, it.status_reason = Session.Status.CANCELLED, reason or it.status_reason

    return _change(session, by, cancel)


@transaction.atomic
def postpone_session(
    *, session: Session, by: User, new_day: dt.date | None = None, date_hint: str = "", reason: str = ""
) -> bool:
    """Move it to another day at the same local time, or to a day not yet known, said in words, and say why.

    It becomes tentative.

    Raises ProgrammeError when both or neither is given, or another session is on at the new time.
    """
    if bool(new_day) == bool(date_hint):
        raise ProgrammeError(_("Give the new day, or words for it, such as “December”: one of the two."))

    def postpone(it: Session) -> None:
        it.status, it.status_reason = Session.Status.TENTATIVE, reason
        if new_day is None:
            it.starts_at = it.ends_at = it.held_on = None
            it.date_hint = date_hint
        elif it.starts_at and it.ends_at and it.local_day:
            days = (new_day - it.local_day).days
            try:
                it.starts_at = shift_by_days(it.starts_at, days, it.edition.zone)
                it.ends_at = shift_by_days(it.ends_at, days, it.edition.zone)
            except OverflowError:
                raise ProgrammeError(_("A session is held between 2000 and 2099.")) from None
        else:
            it.held_on = new_day
            it.date_hint = ""

    return _change(session, by, postpone)


def _change(session: Session, by: User, change: Callable[[Session], None]) -> bool:
    """Apply `change` to the locked row; save it when that made a difference, and settle seats. Refreshes `session`."""
    lock_sessions([session.edition_id])
    locked = Session.objects.select_related("edition").get(pk=session.pk)
    before = _state(locked)
    change(locked)
    is_changed = _state(locked) != before
    if is_changed:
        try:
            locked.full_clean()
        except ValidationError as error:
            raise ProgrammeError(f"{locked.title}: {' '.join(error.messages)}") from error
        with acting(by), settling_seats([locked.edition_id], by=by):
            locked.save()
        look_for_changes()
    session.refresh_from_db()
    return is_changed


def _state(session: Session) -> dict[str, object]:
    return {field.attname: getattr(session, field.attname) for field in session._meta.concrete_fields}


def check_without_seats(session: Session) -> None:
    """Raise ProgrammeError for a session, whose edition is locked, that cannot be hidden: people have seats in it."""
    if session.seats.exists():
        raise ProgrammeError(
            _("People have seats in “%s”, or wait for one. Cancel it instead: that tells them.") % session
        )
