"""Who held a place before the person who holds it now."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Expression, Q
from django.db.models.functions import Coalesce

from programme.models import Edition, Participant, Seat
from programme.rules.places import HandOver, places

if TYPE_CHECKING:
    from programme.models.participant_queryset import ParticipantQuerySet
    from programme.models.seat import SeatQuerySet


LEFT_AT = Coalesce("handed_over_to__took_over_at", "state_at")  # later they may wait or ask to take part again
HAND_OVER = ("pk", "handed_over_to", LEFT_AT, "user__name", "delegation", "handed_over_to__delegation")


def places_in(edition: Edition, among: Collection[int] | None = None) -> Mapping[int, Sequence[HandOver]]:
    """Return the predecessors of each participant who took over a place, the last first. One query.

    `among`: primary keys of delegations.
    """
    gone = Participant.objects.filter(edition=edition, handed_over_to__isnull=False)
    return places(_hand_overs(gone if among is None else gone.filter(delegation__in=among)))


def place_of(participant: Participant) -> Sequence[HandOver]:
    """Return a participant's predecessors, the last first. One query; none for somebody who took over no place."""
    if participant.took_over_at is None:
        return ()
    gone = Participant.objects.filter(delegation=participant.delegation_id, handed_over_to__isnull=False)
    return places(_hand_overs(gone)).get(participant.pk, ())


def hand_overs_in(edition: Edition, about: Expression) -> list[tuple[HandOver, Any]]:
    """Return the hand-overs of an edition, each with what an expression says of the person who left. One query."""
    gone = Participant.objects.filter(edition=edition, handed_over_to__isnull=False).order_by("pk")
    return [(HandOver(*values), value) for *values, value in gone.values_list(*HAND_OVER, about)]


def _hand_overs(gone: "ParticipantQuerySet") -> list[HandOver]:
    return [HandOver(*values) for values in gone.order_by("pk").values_list(*HAND_OVER)]


def seats_to_hand_over(place: Participant, now: dt.datetime) -> "SeatQuerySet":
    """Return the seats that go with a place: held or waited for in sessions still to come, and held in past core sessions.

    A seat in a past core session keeps it among the sessions of the place, so that one missed has still to be made up.
    """
    is_done = Q(session__ends_at__lte=now) & (Q(state=Seat.State.WAITING) | Q(session__is_core=False))
    return Seat.objects.filter(participant=place).exclude(is_done).select_related("session").order_by("starts_at", "pk")
