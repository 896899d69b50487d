"""The placeholders that organisers may use in campaigns, such as {name}. The set is closed: applications add theirs in
`AppConfig.ready`, with names of lower-case letters and underscores.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from programme.models import Edition, Participant
    from udtacademy.accounts.models import User

# From recipients of one edition, now, to the value for each (by primary key), from nobody's rows but their own. It is called in
# the edition's zone and the reader's language. Recipients have `held_in`, user, delegation and city.
Values = Callable[["Edition", Sequence["Participant"], dt.datetime], Mapping[int, str]]


@dataclass(frozen=True)
class Placeholder:
    """What a placeholder stands for. `fits_subject`: it may be used in a subject, which has no room for links.

    `example`: {edition} and {slug} in it are those of the edition in which it is shown.
    `permission`: who may write with it and read texts with it, beside writing campaigns, as the preview shows everybody's value.
    """

    label: Any
    example: Any
    values: Values
    fits_subject: bool = True
    permission: str = "programme.view_participant"

    def example_in(self, edition: "Edition") -> str:
        return str(self.example).replace("{edition}", edition.name).replace("{slug}", edition.slug)


PLACEHOLDERS: dict[str, Placeholder] = {}


def placeholders_for(user: "User") -> dict[str, Placeholder]:
    """Return the placeholders whose values a user may see."""
    return {name: it for name, it in PLACEHOLDERS.items() if user.has_perm(it.permission)}


def shown_placeholders(user: "User", edition: "Edition") -> list[tuple[str, Any, str]]:
    """Return the name, the label and an example of each placeholder that a user is offered, by name."""
    return sorted((name, it.label, it.example_in(edition)) for name, it in placeholders_for(user).items())


def may_fill_in(user: "User", names: Iterable[str]) -> bool:
    """Return whether a user may see the values of all these placeholders. Those that there no longer are have none."""
    return all(user.has_perm(PLACEHOLDERS[name].permission) for name in names if name in PLACEHOLDERS)
