"""Find a city by its name as people type it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from programme.errors import ProgrammeError
from programme.rules.plain_words import plain_words
from udtacademy.db.addresses import lower_case
from udtacademy.db.countries import CODES, typed_country
from udtacademy.db.country_fields import validate_country

T = TypeVar("T")
WITH_COUNTRY = re.compile(r"(?P<name>.*\S)\s*\((?P<country>[^()]+)\)")
TWO_LETTERS = 2


def name_and_country(name: str, country: str) -> tuple[str, str]:
    """Return a city's name and the code of its country, which the name may have: "Girona (ES)", "Girona (Spain)".

    Raises ProgrammeError for a country that we do not know, and for two; what else is in brackets belongs to the name.
    """
    full_name, country = name, typed_country(country)
    if match := WITH_COUNTRY.fullmatch(name):
        code = typed_country(match["country"])
        if code in CODES or (not country and len(code) == TWO_LETTERS):
            name, country = match["name"], country or code
        if code in CODES and code != country:
            text = _("“%(city)s” and the country “%(country)s” contradict each other. Correct one of them.")
            raise ProgrammeError(text % {"city": full_name, "country": country}, code="country_contradicted")
    try:
        if country:
            validate_country(country)
    except ValidationError as error:
        raise ProgrammeError(error.messages[0], code="country_unknown") from error
    return name, country


class CityFinder(Generic[T]):
    """Finds what belongs to a city, given with the city's name and country."""

    def __init__(self, things: Iterable[T], naming: Callable[[T], tuple[str, str]]) -> None:
        self.naming = naming
        self.exactly: dict[str, list[T]] = defaultdict(list)
        self.roughly: dict[str, list[T]] = defaultdict(list)
        for thing in things:
            self.add(thing)

    def add(self, thing: T) -> None:
        name, _country = self.naming(thing)
        self.exactly[lower_case(name)].append(thing)
        self.roughly[" ".join(plain_words(name))].append(thing)

    def called(self, name: str) -> list[T]:
        return self.roughly.get(" ".join(plain_words(name)), [])

    def find(self, name: str, country: str) -> T | None:
        """Return the one of this name, in whatever case, else without accents. Raises ProgrammeError if there are several."""
        for candidates in (self.exactly.get(lower_case(name), []), self.called(name)):
            fitting = [it for it in candidates if not country or self.naming(it)[1] == country]
            if len(fitting) > 1:
                raise ProgrammeError(
                    _("Several cities are called %(city)s. Add the country.") % {"city": name}, code="city_ambiguous"
                )
            if fitting:
                return fitting[0]
        return None
