"""Sessions whose seats depend on each other."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from programme.models import Session
from programme.rules.sessions import overlapping
from udtacademy.db.prepared import Parameter, prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet


def slots_with(edition: int, sessions: Collection[int]) -> set[int]:
    """Return the sessions and all that take seats and overlap with them, directly or through others (primary keys).

    A session without a time, or that takes no seats, is alone.
    """
    groups = [{it.pk for it in group} for group in overlapping(_times(edition=edition))]
    return set(sessions).union(*(group for group in groups if not group.isdisjoint(sessions)))


@prepared
def _times() -> "QuerySet[Session, Any]":
    parallel = Session.objects.parallel().filter(edition=Parameter("edition")).order_by("starts_at", "pk")
    return parallel.values_list("pk", "starts_at", "ends_at", named=True)
