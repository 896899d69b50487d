"""Save, publish, confirm, cancel and postpone sessions.

Each action locks the edition's sessions, plans what follows for seats, saves, and carries out the plan. It returns whether
anything changed; a second click changes nothing. A database trigger increases the calendar sequence.
"""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from programme.actions.locks import lock_sessions
from programme.actions.waiting_lists import (
    carry_out,
    deferring_one_seat_check,
    locked_plan,
)
from programme.errors import ProgrammeError
from programme.models import Session
from programme.queries.seat_effects import SeatEffect
from programme.queries.session_plans import SessionEdit, check_without_seats, plan_session_change, sessions_after
from programme.rules.local_times import shift_by_days
from udtacademy.accounts.models import User
from udtacademy.db.history import acting
from udtacademy.outbox import queue


@transaction.atomic
def save_session(*, session: Session, by: User | None, effects: Sequence[SeatEffect] | None = None) -> None:
    """Save a session as edited by an organiser, and carry out what follows for seats.

    `effects`: planned and confirmed under locks still held; None: plan now. A changed time clears the reason given for
    postponing it.
    """
    lock_sessions([session.edition_id])
    if effects is None:
        effects = locked_plan(lambda: plan_session_change([session]))
    time = {name: getattr(session, name) for name in ("starts_at", "ends_at", "held_on", "date_hint")}
    if not session.is_cancelled and not Session.objects.filter(pk=session.pk, **time).exists():
        session.status_reason = ""
    with acting(by), deferring_one_seat_check():
        session.save()
        carry_out(effects)
    look_for_changes()


@transaction.atomic
def change_sessions(
    *, sessions: Sequence[Session], change: SessionEdit, by: User, effects: Sequence[SeatEffect] | None = None
) -> int:
    """Apply a change to all of the sessions or to none. Return how many changed.

    Seats are settled after the last change. `effects`: as in `save_session`. Raises ProgrammeError if a session cannot be
    changed that way.
    """
    lock_sessions({it.edition_id for it in sessions})
    _after, changed = sessions_after(sessions, change)
    if effects is None:
        effects = locked_plan(lambda: plan_session_change(changed))
    with acting(by), deferring_one_seat_check():
        for session in changed:
            save_valid(session)
        carry_out(effects)
    if changed:
        look_for_changes()
    return len(changed)


def save_valid(session: Session, *, validate_constraints: bool = True) -> None:
    """Validate and save a session. Raises ProgrammeError if it is not valid.

    `validate_constraints`: False where the database checks them once several sessions are saved.
    """
    try:
        session.full_clean(validate_constraints=validate_constraints)
    except ValidationError as error:
        raise ProgrammeError(f"{session.title}: {' '.join(error.messages)}", code="session_invalid") from error
    session.save()


def change_session(*, session: Session, change: SessionEdit, by: User) -> bool:
    """Apply a change to one session and refresh it. Return whether anything changed."""
    is_changed = bool(change_sessions(sessions=[session], change=change, by=by))
    session.refresh_from_db()
    return is_changed


def look_for_changes() -> None:
    """After the commit start the task that gathers changes, so that urgent news does not wait for its schedule."""
    if ask_to_follow_changes not in [waiting[1] for waiting in connection.run_on_commit]:  # once per transaction
        transaction.on_commit(ask_to_follow_changes, robust=True)


def ask_to_follow_changes() -> None:
    from programme.tasks import follow_changes  # noqa: PLC0415 - task asked after commit

    queue.ask_for(follow_changes)


def published() -> SessionEdit:
    """Return a change that publishes a session."""

    def publish(session: Session) -> None:
        session.is_published = True

    return publish


def unpublished() -> SessionEdit:
    """Return a change that unpublishes a session. Participants who know it are told, and it leaves their calendars.

    The change raises ProgrammeError if people have seats in it: cancel it instead, which gives them a reason.
    """

    def unpublish(session: Session) -> None:
        check_without_seats(session)
        session.is_published = False

    return unpublish


def confirmed() -> SessionEdit:
    """Return a change that confirms a session, also a cancelled one."""

    def confirm(session: Session) -> None:
        session.status, session.status_reason = Session.Status.CONFIRMED, ""

    return confirm


def cancelled(*, reason: str = "") -> SessionEdit:
    """Return a change that cancels a session. It stays on the pages, struck through, with the reason."""

    def cancel(session: Session) -> None:
        session.status, session.status_reason = Session.Status.CANCELLED, reason or session.status_reason

    return cancel


def postponed(*, new_day: dt.date | None = None, date_hint: str = "", reason: str = "") -> SessionEdit:
    """Return a change that moves a session to a day at the same local time, or to a date hint, and makes it tentative.

    Raises ProgrammeError unless exactly one of `new_day` and `date_hint` is given.
    """
    if bool(new_day) == bool(date_hint):
        raise ProgrammeError(
            _("Enter either a new day or a date in words, such as “December”."), code="one_date_needed"
        )

    def postpone(session: Session) -> None:
        session.status, session.status_reason = Session.Status.TENTATIVE, reason
        if new_day is None:
            session.starts_at = session.ends_at = session.held_on = None
            session.date_hint = date_hint
        elif session.starts_at and session.ends_at:
            shift_to(session, new_day)
        else:
            session.held_on = new_day
            session.date_hint = ""

    return postpone


def shift_to(session: Session, day: dt.date) -> None:
    """Move a timed session to a day at the same local time. Raises ProgrammeError for years out of range."""
    zone = session.edition.zone
    if session.starts_at is None or session.ends_at is None:
        raise ValueError("the session has no times to shift")
    days = (day - session.starts_at.astimezone(zone).date()).days
    try:
        session.starts_at = shift_by_days(session.starts_at, days, zone)
        session.ends_at = shift_by_days(session.ends_at, days, zone)
    except OverflowError:
        raise ProgrammeError(_("Enter a date between 2000 and 2099."), code="day_out_of_range") from None


def publish_session(*, session: Session, by: User) -> bool:
    return change_session(session=session, change=published(), by=by)


def unpublish_session(*, session: Session, by: User) -> bool:
    return change_session(session=session, change=unpublished(), by=by)


def confirm_session(*, session: Session, by: User) -> bool:
    return change_session(session=session, change=confirmed(), by=by)


def cancel_session(*, session: Session, by: User, reason: str = "") -> bool:
    return change_session(session=session, change=cancelled(reason=reason), by=by)


def postpone_session(
    *, session: Session, by: User, new_day: dt.date | None = None, date_hint: str = "", reason: str = ""
) -> bool:
    change = postponed(new_day=new_day, date_hint=date_hint, reason=reason)
    return change_session(session=session, change=change, by=by)
