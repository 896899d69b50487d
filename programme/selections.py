"""Selections: the people to whom a campaign is written. The set is closed: an application adds kinds of selections to KINDS,
and narrowings, in its `AppConfig.ready`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from django.utils.translation import gettext as _

from programme.errors import ProgrammeError

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import Q

    from programme.models import Edition
    from programme.models.participant_queryset import ParticipantQuerySet


class NoSelectionError(ProgrammeError):
    """A selection is of something that is no longer there, or never was."""

    def __init__(self) -> None:
        super().__init__(
            _("What was selected is no longer there. Choose again to whom to write."), code="selection_gone"
        )


@dataclass(frozen=True)
class SelectionKind:
    """A kind of selection. `label`: of the group of its options, or what it is called if it has no value.

    `people`: the participants of the edition, in whatever state, for a value, now; raises NoSelectionError for a value that means
    nothing. `options`: the values to choose from, with their labels; None if there is no value. `in_words`: what a value that is
    no option is called, for values that come from a page, such as the filters of a list; raises NoSelectionError.
    `permission`: who may use it, beside writing campaigns.
    """

    label: Any
    people: "Callable[[Edition, str, dt.datetime], ParticipantQuerySet]"
    permission: str = "programme.view_participant"
    options: "Callable[[Edition], Sequence[tuple[str, str]]] | None" = None
    in_words: "Callable[[Edition, str], str] | None" = None


@dataclass(frozen=True)
class Narrowing:
    """A condition that leaves fewer of the selected people: they are not listed as left out."""

    label: Any
    condition: "Callable[[Edition, dt.datetime], Q]"


KINDS: dict[str, SelectionKind] = {}
NARROWINGS: dict[str, Narrowing] = {}


@dataclass(frozen=True)
class Selection:
    """The name of a kind with its value, and the names of narrowings."""

    kind: str
    value: str = ""
    only: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, stored: Any) -> Self:
        return cls(stored["kind"], stored["value"], tuple(stored["only"]))

    @classmethod
    def from_key(cls, key: str, only: Sequence[str] = ()) -> Self:
        """Return the selection of a key, which forms and URLs use: "city:12"."""
        kind, _colon, value = key.partition(":")
        return cls(kind, value, tuple(it for it in NARROWINGS if it in only))

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}"

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, "only": list(self.only)}
