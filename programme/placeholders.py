"""The placeholders that organisers may use in campaigns, such as {name}. The set is closed: applications add theirs in
`AppConfig.ready`, with names of lower-case letters and underscores.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from programme.models import Edition, Participant

# From recipients of one edition, now, to the value for each (by primary key), from nobody's rows but their own. It is called in
# the edition's zone and the reader's language. Recipients have `held_in`, user, delegation and city.
Values = Callable[["Edition", Sequence["Participant"], dt.datetime], Mapping[int, str]]


@dataclass(frozen=True)
class Placeholder:
    """What a placeholder stands for. `fits_subject`: it may be used in a subject, which has no room for links."""

    label: Any
    example: Any
    values: Values
    fits_subject: bool = True


PLACEHOLDERS: dict[str, Placeholder] = {}


def names_for_subjects() -> list[str]:
    return [name for name, it in PLACEHOLDERS.items() if it.fits_subject]
