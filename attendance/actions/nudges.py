"""Nudges: one email to each person who is missing from a running session."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.locks import lock_session
from attendance.emails import nudge_to
from attendance.models import Nudge
from attendance.queries.expected import unseen_at
from attendance.queries.session_windows import can_be_nudged
from programme.errors import ProgrammeError
from programme.models import Session
from udtacademy.accounts.models import User
from udtacademy.outbox import queue


@transaction.atomic
def nudge_missing(*, session: Session, by: User) -> int:
    """Email everybody expected who has not been seen, is not excused and was not nudged before. Return how many.

    Raises ProgrammeError unless the session is running: before its start nobody is missing.
    """
    session, now = lock_session(session), timezone.now()  # one click at a time
    if not can_be_nudged(session, now):
        raise ProgrammeError(_("The session is not running, so no emails were sent."), code="session_not_running")
    missing = unseen_at(session)
    Nudge.objects.bulk_create(
        Nudge(participant=participant, session=session, edition_id=session.edition_id, by=by) for participant in missing
    )
    queue.post([nudge_to(participant, session) for participant in missing], by=by)
    return len(missing)
