"""Whether the quotas of cities have room, and who is next on their waiting lists."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Case, Count, F, Max, QuerySet, When
from django.utils import timezone

from programme.models import Delegation, Edition, Participant
from udtacademy.db.prepared import Parameter, prepared

COUNTED_FOR = 10  # seconds
CityToChoose = tuple[int, str, str, bool]  # primary key, name, country, and whether it has one of the domains


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


def full_delegations(edition: Edition) -> frozenset[int]:
    """Return the delegations of an edition (primary keys) in which a newcomer joins the waiting list, before the edition is over.

    As counted by this process less than COUNTED_FOR ago, because counting takes longer with each person. The form of registration
    only hints at it; the page before registering counts again (`prospect_of`).
    """
    return _full_delegations(edition.pk, int(timezone.now().timestamp()) // COUNTED_FOR)


@lru_cache(maxsize=16)
def _full_delegations(edition: int, _period: int) -> frozenset[int]:
    claims = Participant.objects.claiming_quota().filter(edition=edition).order_by()
    counted = claims.values("delegation").annotate(n=Count("pk"))
    return frozenset(counted.filter(n__gte=F("delegation__quota")).values_list("delegation", flat=True))


def cities_to_choose(edition: Edition, domains: Sequence[str]) -> list[CityToChoose]:
    """Return the delegations of an edition, in no order. `domains`: see `CityToChoose`. A prepared query."""
    return _cities_to_choose(edition=edition.pk, domains=list(domains))


@prepared
def _cities_to_choose() -> "QuerySet[Delegation, Any]":
    is_of_address = Case(When(email_domains__overlap=Parameter("domains"), then=True), default=False)
    rows = Delegation.objects.filter(edition=Parameter("edition")).order_by().annotate(is_of_address=is_of_address)
    return rows.values_list("pk", "city__name", "city__country", "is_of_address")


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
