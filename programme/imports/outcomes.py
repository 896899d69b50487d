"""What importing a list would do, row by row."""

import enum
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext_lazy as _

T = TypeVar("T")


class Outcome(enum.StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"

    @property
    def label(self) -> Any:
        return OUTCOME_LABELS[self]


def outcome_of(changes: Sequence["FieldChange"], *, is_new: bool) -> Outcome:
    if is_new:
        return Outcome.ADDED
    return Outcome.CHANGED if changes else Outcome.UNCHANGED


OUTCOME_LABELS = {
    Outcome.ADDED: _("added"),
    Outcome.CHANGED: _("changed"),
    Outcome.UNCHANGED: _("unchanged"),
    Outcome.REFUSED: _("refused"),
}


@dataclass(frozen=True)
class FieldChange:
    """A field that is changed, with its values as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PlannedRow(Generic[T]):
    """What a row would do. `who`: whom or what it is about; `why`: why it is refused, or a remark.

    `has_email`: somebody is emailed, unless nobody is to be. `target`: what is carried out.
    """

    number: int
    who: str
    outcome: Outcome
    changes: tuple[FieldChange, ...] = ()
    why: str = ""
    has_email: bool = False
    target: T | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ImportPlan(Generic[T]):
    rows: Sequence[PlannedRow[T]]

    def of(self, outcome: Outcome) -> list[PlannedRow[T]]:
        return [row for row in self.rows if row.outcome == outcome]

    @cached_property
    def counts(self) -> list[tuple[Outcome, int]]:
        return [(outcome, len(self.of(outcome))) for outcome in Outcome]

    @cached_property
    def effective(self) -> list[PlannedRow[T]]:
        """Return the rows that change something."""
        return [row for row in self.rows if row.outcome in {Outcome.ADDED, Outcome.CHANGED}]

    @property
    def n_emails(self) -> int:
        return sum(row.has_email for row in self.effective)

    @cached_property
    def token(self) -> str:
        """Return a hash of the plan for a hidden field: it differs if the plan differs."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()[:16]


def changes_between(pairs: Iterable[tuple[Any, Any, Any]]) -> tuple[FieldChange, ...]:
    """Return the changes among (field, before, after)."""
    return tuple(FieldChange(str(name), str(old), str(new)) for name, old, new in pairs if str(old) != str(new))
