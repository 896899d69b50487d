"""Correct the actual start and end of a session. Attendance is measured against them."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance import wording
from attendance.actions.attendances import recompute_session, refuse
from attendance.actions.locks import lock_session
from attendance.models import ActualTime, Attendance
from attendance.queries.certificate_grounds import listed_otherwise
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def correct_actual_time(
    *, session: Session, starts_at: dt.datetime, ends_at: dt.datetime, reason: str, by: User
) -> dict[int, tuple[str, str]]:
    """Record the actual times of a session and recompute everybody's attendance.

    Return the changes of status: participant → (before, after). Raises ProgrammeError unless it ended after it started,
    and before its planned start, and CertificateAtStakeError.
    """
    if session.starts_at and session.starts_at > timezone.now():
        raise ProgrammeError(
            _("The session has not started yet. Change its planned time instead."), code="session_not_started"
        )
    if ends_at <= starts_at:
        raise ProgrammeError(_("The actual end must be after the actual start."), code="end_before_start")
    locked = lock_session(session)
    before = statuses(session)
    with acting(by):
        actual, _is_new = ActualTime.objects.update_or_create(
            session=session, defaults={"starts_at": starts_at, "ends_at": ends_at, "reason": reason}
        )
        refuse_if_listed_otherwise(locked, actual)
        recompute_session(session, at_stake=refuse)
    after = statuses(session)
    return {pk: (before[pk], after[pk]) for pk in after if before.get(pk) != after[pk]}


@transaction.atomic
def drop_actual_time(*, session: Session, by: User) -> bool:
    """Use the planned time again. Return whether that changed anything. Raises CertificateAtStakeError."""
    locked = lock_session(session)
    with acting(by):
        n_deleted, _models = ActualTime.objects.filter(session=session).delete()
        if n_deleted:
            refuse_if_listed_otherwise(locked, locked)
        recompute_session(session, at_stake=refuse)
    return bool(n_deleted)


def refuse_if_listed_otherwise(locked: Session, when: ActualTime | Session) -> None:
    """Raise CertificateAtStakeError if valid certificates list a locked session otherwise than with its day and these times."""
    if grounds := listed_otherwise(locked, when):
        refuse(grounds)


def rehearse_actual_time(
    *, session: Session, starts_at: dt.datetime, ends_at: dt.datetime, by: User
) -> dict[int, tuple[str, str]]:
    """Return what `correct_actual_time` would change, by doing it and rolling back."""
    with transaction.atomic():
        changed = correct_actual_time(session=session, starts_at=starts_at, ends_at=ends_at, reason="-", by=by)
        transaction.set_rollback(True)
    return changed


def statuses(session: Session) -> dict[int, str]:
    """Return the current statuses by participant; before the end evidence means only "here so far"."""
    times = wording.times_of(Session.objects.select_related("actual_time").get(pk=session.pk))
    rows, now = Attendance.objects.filter(session=session), timezone.now()
    return {it.participant_id: wording.status_of(it, times, None, now).value for it in rows}
