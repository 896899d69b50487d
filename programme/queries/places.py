"""Who held a place before the person who holds it now."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Coalesce

from programme.models import Edition, Participant, Seat
from programme.rules.places import HandOver, places

if TYPE_CHECKING:
    from programme.models.participant_queryset import ParticipantQuerySet
    from programme.models.seat import SeatQuerySet


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


def _hand_overs(gone: "ParticipantQuerySet") -> list[HandOver]:
    at = Coalesce("handed_over_to__took_over_at", "state_at")  # later they may wait or ask to take part again
    fields = ("pk", "handed_over_to", at, "user__name", "delegation", "handed_over_to__delegation")
    return [HandOver(*values) for values in gone.order_by("pk").values_list(*fields)]


def seats_to_hand_over(place: Participant, now: dt.datetime) -> "SeatQuerySet":
    """Return the seats that go with a place: held or waited for in sessions still to come, and held in past core sessions.

    A seat in a past core session keeps it among the sessions of the place, so that one missed has still to be made up.
    """
    is_done = Q(session__ends_at__lte=now) & (Q(state=Seat.State.WAITING) | Q(session__is_core=False))
    return Seat.objects.filter(participant=place).exclude(is_done).select_related("session").order_by("starts_at", "pk")
