"""The bulk actions on participants."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from programme.actions import coordinators, registrations
from programme.actions.city_waiting_lists import register_out_of_turn
from programme.actions.seats import assign_seat
from programme.forms.participants import MoveForm, OptionalReasonForm, OutOfTurnForm, ReasonForm
from programme.forms.seats import SeatForm
from programme.models import Participant, Session
from programme.queries.seat_effects import SeatEffect
from programme.queries.seat_plans import plan_assignment, plan_leaving
from udtacademy.admin.bulk_actions import BulkAction

MAKE_ROOM = frozenset({"decline", "withdraw", "move"})  # in the quota of a city


def plan_assigning(participants: Sequence[Participant], *, session: Session, reason: str) -> Sequence[SeatEffect]:
    return plan_assignment([(it, session) for it in participants], may_overbook=bool(reason))


BULK_ACTIONS: tuple[BulkAction[Participant], ...] = (
    BulkAction(
        "approve",
        _("Approve"),
        _(
            "Approved people are registered and count towards the quota of their city. If it is used up, they join the"
            " waiting list of the city."
        ),
        _("Approved"),
        registrations.approve,
        lambda participant: not registrations.can_approve(participant),
    ),
    BulkAction(
        "register_out_of_turn",
        _("Register out of turn"),
        _(
            "They are registered at once, before others on the waiting list of their city. The quota of a city that has no"
            " room is raised by one for each."
        ),
        _("Registered out of turn"),
        register_out_of_turn,
        lambda participant: not participant.is_waiting,
        OutOfTurnForm,
    ),
    BulkAction(
        "decline",
        _("Decline"),
        _("Declined people are told the reason. They cannot register again without an invitation."),
        _("Declined"),
        registrations.decline,
        lambda participant: not (participant.is_pending or participant.is_waiting),
        ReasonForm,
        is_destructive=True,
    ),
    BulkAction(
        "withdraw",
        _("Withdraw"),
        _("Withdrawn people no longer take part, and their seats and their part of the quota become free."),
        _("Withdrawn"),
        registrations.withdraw,
        lambda participant: participant.state not in registrations.TAKING_PART,
        OptionalReasonForm,
        lambda participants, **_values: plan_leaving(participants),
        is_destructive=True,
    ),
    BulkAction(
        "move",
        _("Move to another city"),
        _("They leave the team of their city and join the team of the other city."),
        _("Moved"),
        registrations.move_to_city,
        lambda participant: participant.state not in registrations.TAKING_PART,
        MoveForm,
    ),
    BulkAction(
        "assign",
        _("Give a seat"),
        _("They get a seat in a parallel session. It replaces any seat they have at the same time."),
        _("Seat given"),
        assign_seat,
        lambda participant: not participant.is_registered,
        SeatForm,
        plan_assigning,
    ),
    BulkAction(
        "replace_coordinators",
        _("Make coordinator"),
        _("They replace all present coordinators of their city, and can invite and withdraw colleagues."),
        _("Made coordinator"),
        coordinators.replace_coordinators,
        lambda participant: participant.is_coordinator or not participant.is_registered,
    ),
    BulkAction(
        "add_coordinator",
        _("Make coordinator too"),
        _("They coordinate their city beside those who do now, and can invite and withdraw colleagues."),
        _("Made coordinator"),
        coordinators.add_coordinator,
        lambda participant: participant.is_coordinator or not participant.is_registered,
    ),
)
