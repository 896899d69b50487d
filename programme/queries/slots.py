"""Sessions whose seats depend on each other."""

from collections.abc import Collection

from programme.models import Session
from programme.rules.sessions import overlapping


def slots_with(edition: int, sessions: Collection[int]) -> set[int]:
    """Return the sessions and all that take seats and overlap with them, directly or through others (primary keys).

    A session without a time, or that takes no seats, is alone.
    """
    parallel = Session.objects.parallel().filter(edition=edition).order_by("starts_at", "pk")
    times = parallel.values_list("pk", "starts_at", "ends_at", named=True)
    groups = [{it.pk for it in group} for group in overlapping(times)]
    return set(sessions).union(*(group for group in groups if not group.isdisjoint(sessions)))
