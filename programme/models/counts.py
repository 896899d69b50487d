"""Counts of related rows, for annotations."""

from typing import Any

from django.apps import apps
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce


def count_of(model: str, relation: str, *conditions: Q, **values: Any) -> Coalesce:
    """Return an expression for `annotate`: how many rows of `model` ("programme.Seat") refer to the row by `relation`.

    A subquery per count, because joins multiply each other's counts and GROUP BY drops the model's ordering.
    """
    rows = apps.get_model(model)._default_manager.filter(*conditions, **{relation: OuterRef("pk")}, **values).order_by()
    return Coalesce(Subquery(rows.values(relation).annotate(n=Count("*")).values("n")), 0)


def sum_of(model: str, relation: str, field: str) -> Coalesce:
    """Return an expression for `annotate`: the sum of a field over those rows, 0 without any. As `count_of`."""
    rows = apps.get_model(model)._default_manager.filter(**{relation: OuterRef("pk")}).order_by()
    return Coalesce(Subquery(rows.values(relation).annotate(n=Sum(field)).values("n")), 0)
