"""What waits for an organiser in each edition."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from attendance.models import Attendance, Excuse
from programme.models import Edition, Notice


def tallies_of(editions: Sequence[Edition], now: dt.datetime, **others: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    """Return `n_undecided`, `n_asked` and `changes_due_at` (when the open notice is sent) by edition. One query.

    And how many of `others` are of the edition, by their names.
    """
    notices = Notice.objects.open().filter(edition=OuterRef("pk"))
    counted = Edition.objects.filter(pk__in=[it.pk for it in editions]).annotate(
        n_undecided=number_of(Attendance.objects.undecided(now)),
        n_asked=number_of(Excuse.objects.asked()),
        changes_due_at=Subquery(notices.values("due_at")[:1]),
        **{name: number_of(rows) for name, rows in others.items()},
    )
    names = ("n_undecided", "n_asked", "changes_due_at", *others)
    return {pk: dict(zip(names, row, strict=True)) for pk, *row in counted.order_by().values_list("pk", *names)}


def number_of(rows: QuerySet[Any]) -> Coalesce:
    """Return how many of the rows are of the edition, as an expression."""
    in_edition = rows.filter(edition=OuterRef("pk")).order_by().values("edition")
    return Coalesce(Subquery(in_edition.annotate(n=Count("pk")).values("n")), 0)
