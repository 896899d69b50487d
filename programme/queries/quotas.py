"""Whether the quotas of cities have room, and who is next on their waiting lists."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Max, QuerySet
from django.utils import timezone

from programme.models import Delegation, Edition, Participant
from udtacademy.db.prepared import Parameter, prepared


def n_free(delegation: Delegation) -> int:
    """Return how many newcomers the delegation can register. Below 0 if its waiting list is long. One query.

    That list comes first, unless the edition is over: then nobody on it moves up.
    """
    if delegation.edition.is_over(timezone.now()):
        return delegation.quota - delegation.participants.served().count()
    return delegation.quota - next(iter(_n_claiming(delegation=delegation.pk)), 0)


@prepared
def _n_claiming() -> "QuerySet[Participant, int]":
    people = Participant.objects.claiming_quota().filter(delegation=Parameter("delegation")).order_by()
    return people.values("delegation").annotate(n=Count("pk")).values_list("n", flat=True)


def full_delegations(edition: Edition) -> "QuerySet[Participant, Any]":
    """Return, for `pk__in`, the delegations of an edition in which a newcomer joins the waiting list, before the edition is over.

    All are counted at once, which takes PostgreSQL 1.7 ms for 5,000 people in 500 cities; a count for each city took 2.6.
    """
    claims = Participant.objects.claiming_quota().filter(edition=edition).order_by()
    counted = claims.values("delegation").annotate(n=Count("pk"))
    return counted.filter(n__gte=F("delegation__quota")).values("delegation")


def delegation_in(edition: Edition, pk: int) -> Delegation | None:
    """Return a delegation of the edition, with its city; None if there is none. A prepared query."""
    delegation = next(iter(_delegation(edition=edition.pk, pk=pk)), None)
    if delegation:
        delegation.edition = edition
    return delegation


@prepared
def _delegation() -> "QuerySet[Delegation]":
    of_edition = Delegation.objects.filter(edition=Parameter("edition"), pk=Parameter("pk"))
    return of_edition.select_related("city").order_by()


def has_room_for(participant: Participant) -> bool:
    """Return whether the person's delegation, which is locked, can register them now. One query.

    Nobody on its waiting list: they are registered as soon as it can (`actions.city_waiting_lists`).
    """
    delegation = participant.delegation
    if participant.waiting_number is None:
        return n_free(delegation) > 0
    return participant.is_next and delegation.participants.registered().count() < delegation.quota


def next_number(delegation: Delegation) -> int:
    """Return the number for the end of the waiting list of a delegation, which is locked. One query."""
    last: int | None = delegation.participants.aggregate(last=Max("waiting_number"))["last"]
    return (last or 0) + 1


def position_of(participant: Participant) -> int:
    """Return the position of somebody who waits on the waiting list of their city, counted from 1. One query."""
    return participant.delegation.participants.waiting().filter(waiting_number__lte=participant.waiting_number).count()


def next_position(delegation: Delegation) -> int:
    """Return the position at the end of a delegation's waiting list, counted from 1. One query."""
    return delegation.participants.waiting().count() + 1


def n_moving_up(leaving: Iterable[Participant]) -> int:
    """Return how many people on waiting lists it would be the turn of if these people left their cities. One query at most."""
    leaving = list(leaving)
    freed = Counter(it.delegation_id for it in leaving if it.is_registered or it.is_next)
    if not freed:
        return 0
    others = Participant.objects.waiting().filter(delegation__in=freed).exclude(pk__in=[it.pk for it in leaving])
    n_waiting = others.order_by().values_list("delegation").annotate(n=Count("pk"))
    return sum(min(n, freed[delegation]) for delegation, n in n_waiting)
