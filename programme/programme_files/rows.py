"""Rows of a plan: what a file has, beside what the database has now. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from programme.models import Logo, Question, Room, Track, Venue


@dataclass(frozen=True)
class Ref:
    """The venue, logo, track, room or question that a row refers to. `pk`: None for a new one, which `key` then names.

    `name`: as people read it, not compared.
    """

    pk: int | None
    key: str = field(compare=False)
    name: str = field(compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class FieldPlan:
    """A field's value in the database (None for a new row) and in the file."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowPlan:
    """A row of the file. `kind`: its model's name; `key`: its slug or name; `pk`: None for a new one; `title`: for people."""

    kind: str
    key: str
    title: str
    pk: int | None
    fields: tuple[FieldPlan, ...]

    @property
    def is_new(self) -> bool:
        return self.pk is None

    @property
    def changed(self) -> tuple[FieldPlan, ...]:
        """Return the fields that differ; all of a new row."""
        return tuple(it for it in self.fields if self.is_new or it.before != it.after)

    @property
    def values(self) -> dict[str, Any]:
        return {it.name: it.after for it in self.fields}

    @property
    def ref(self) -> Ref:
        return Ref(self.pk, self.key, self.title)


@dataclass(frozen=True)
class LeftAlone:
    """A row that only the database has. Loading a file leaves it as it is."""

    kind: str
    key: str
    title: str


def plan_row(
    kind: str,
    key: str,
    title: str,
    row: Model | None,
    values: Mapping[str, Any],
) -> RowPlan:
    fields = tuple(FieldPlan(name, present_value(row, name) if row else None, it) for name, it in values.items())
    return RowPlan(kind, key, title, row.pk if row else None, fields)


def present_value(row: Any, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, Room):
        return Ref(value.pk, value.name, str(value))
    if isinstance(value, Venue):
        return Ref(value.pk, value.name, value.name)
    if isinstance(value, Logo):
        return Ref(value.pk, value.digest, str(value))
    if isinstance(value, Question):
        return Ref(value.pk, value.key, str(value))
    if isinstance(value, Track):
        return Ref(value.pk, value.slug, value.name)
    return value
