"""Checking oneself in, by the code on the screen in the session's room."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.actions.evidence import add_evidence, counted_evidence, locked_cell
from attendance.models import Evidence, RoomScreen
from attendance.personal_links import room_codes
from attendance.queries.room_screens import takes_self_check_in
from attendance.queries.session_windows import is_door_open
from attendance.rules.attendance import EvidenceKind
from programme.errors import ProgrammeError
from programme.models import Participant, Session
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


def check_oneself_in(*, participant: Participant, session: Session, code: str, by: User) -> Evidence:
    """Record that a participant entered the code of the moment. Who was checked in before stays so: nothing is added.

    Raises ProgrammeError if the session does not take it, they no longer take part or have no seat, the door is closed, or
    the code is not, or no longer, the one on the screen.
    """
    with transaction.atomic(), acting(by):
        cell, now = locked_cell(participant.pk, session.pk), timezone.now()
        if not cell.participant.is_registered:
            raise ProgrammeError(_("You are no longer registered."), code="not_registered")
        if not takes_self_check_in(cell.session):
            raise ProgrammeError(
                _("You cannot check yourself in at this session. Show your badge at the door."),
                code="self_check_in_off",
            )
        if not is_door_open(cell.session, now):
            raise ProgrammeError(
                _("Check-in is open from one hour before the session starts until it ends."), code="check_in_closed"
            )
        if not cell.is_expected:
            raise ProgrammeError(_("You have no seat in this session."), code="no_seat")
        if earlier := counted_evidence(cell, EvidenceKind.DOOR) or counted_evidence(cell, EvidenceKind.SELF):
            return earlier
        if not room_codes.is_accepted(cell.session, code, now):
            raise ProgrammeError(
                _("This is not the code that the screen shows now. Enter the present one, or scan again."),
                code="room_code_wrong",
            )
        return add_evidence(cell, Evidence(kind=Evidence.Kind.SELF, observed_at=now, by=by))


@transaction.atomic
def set_room_screen(*, session: Session, takes_self_check_in: bool, missing: str, by: User) -> RoomScreen:
    """Set what the screen in a session's room shows."""
    with acting(by):
        screen, _is_new = RoomScreen.objects.update_or_create(
            session=session, defaults={"takes_self_check_in": takes_self_check_in, "missing": missing}
        )
    return screen
