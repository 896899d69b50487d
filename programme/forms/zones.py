"""The choice of a time zone."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from django import forms
from django.utils.choices import BaseChoiceIterator

from programme.forms.selects import CachedSelect
from udtacademy.time_zones import present_zone_names, zone_names

Group = tuple[str, tuple[tuple[str, str], ...]]


@cache
def zone_choices() -> list[Group]:
    """Return time zones grouped by region, Europe first."""
    names = sorted(present_zone_names(), key=lambda name: (not name.startswith("Europe/"), name))
    return [
        (region, tuple((name, label_of_zone(name)) for name in members))
        for region, members in groupby(names, key=lambda name: name.partition("/")[0])
    ]


def label_of_zone(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ") or name


class ZoneChoices(BaseChoiceIterator):
    """The time zones, read when first needed. Django would check each choice of a callable again in every form.

    `chosen`: a name that is to be offered as well, if it is an older name of a zone.
    """

    def __init__(self, chosen: str = "") -> None:
        self.chosen = chosen

    def __iter__(self) -> Iterator[Group]:
        groups = zone_choices()
        if self.chosen in zone_names() - present_zone_names():
            yield self.chosen.partition("/")[0], ((self.chosen, label_of_zone(self.chosen)),)
        yield from groups


class ZoneField(forms.ChoiceField):
    """A choice of a time zone by its present name. Older names remain valid."""

    widget = CachedSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ZoneChoices(), **kwargs)

    def valid_value(self, value: Any) -> bool:
        return value in zone_names()
