"""Counting rows that belong to the rows of a list."""

from typing import Any

from django.apps import apps
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


def count_of(model: str, relation: str, *conditions: Q, **values: Any) -> Coalesce:
    """Return, for `annotate`, how many rows of `model` ("programme.Seat") have the outer row as their `relation`.

    A subquery each: joins multiply each other's counts, and Django forgets the order of a model where it groups by rows.
    """
    rows = apps.get_model(model)._default_manager.filter(*conditions, **{relation: OuterRef("pk")}, **values).order_by()
    return Coalesce(Subquery(rows.values(relation).annotate(n=Count("*")).values("n")), 0)
