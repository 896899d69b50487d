"""Selects with many options, whose HTML is made once and cached: Django renders a template for each option."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from programme.models import Delegation, Edition
from programme.models.city import city_in_words
from programme.queries.quotas import cities_to_choose, delegation_in, full_delegations
from programme.rules.plain_words import plain
from programme.rules.registrations import domains_above
from udtacademy.http.parameters import whole_number

Options = tuple[tuple[str, Any], ...]  # values and labels; a group has its options in place of the label


class CachedSelect(forms.Select):
    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - Django gives it
        chosen = format_html('<option value="{}"', "" if value is None else value)
        options = html_of(as_options(self.choices)).replace(chosen, f"{chosen} selected", 1)
        attributes = flatatt(self.build_attrs({"name": name, **self.attrs}, attrs))
        return format_html("<select{}>{}</select>", attributes, mark_safe(options))  # noqa: S308 - of `html_of`


@lru_cache(maxsize=4096)
def alphabetical(name: str) -> str:
    """Return what to sort a name by: Évora before Faro, Αθήνα as Athina.

    Not the database's ICU collation, as the PostgreSQL of development and tests has none.
    """
    return plain(name)


def as_options(choices: Iterable[Any]) -> Options:
    """Return choices as `html_of` takes them. A group in a tuple already has texts, as the time zones do."""
    return tuple(
        (
            str(value),
            label if isinstance(label, tuple) else as_options(label) if isinstance(label, list) else str(label),
        )
        for value, label in choices
    )


@lru_cache(maxsize=64)
def html_of(options: Options) -> SafeString:
    """Return options and groups as HTML, none of them selected."""
    return format_html_join(
        "\n", "{}", ([group_html(*it) if isinstance(it[1], tuple) else option_html(*it)] for it in options)
    )


def group_html(label: str, options: Options) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', label, html_of(options))


def option_html(value: str, label: str) -> SafeString:
    return format_html('<option value="{}">{}</option>', value, label)


class CityIterator(ModelChoiceIterator[Delegation]):
    """The delegations of a field by the names of their cities, without a model instance for each."""

    field: "CityField"

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        yield from ((row.pk, row.label) for row in self.field.rows)


class CityRow(NamedTuple):
    """A delegation to choose. `is_of_address`: the address that the field was given is in the city's domains."""

    pk: int
    label: str
    is_of_address: bool


@lru_cache(maxsize=4096)
def label_of_city(name: str, country: str, _language: str, *, is_full: bool) -> str:
    """Return a city in the words of a select. `_language`: the present one, in which the country is named."""
    city = city_in_words(name, country)
    return _("%(city)s – full: you join the waiting list") % {"city": city} if is_full else city


class CityField(forms.ModelChoiceField[Delegation]):
    """A choice of a delegation of an edition by its city; see `offer`. It reads by prepared queries, not by its queryset."""

    iterator = CityIterator
    widget = CachedSelect
    edition: Edition
    email = ""
    marks_full = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Delegation.objects.none(), **kwargs)

    def offer(self, edition: Edition, *, email: str = "", marks_full: bool = False) -> None:
        """Offer the cities of an edition. `email`: see `of_address`. `marks_full`: say where a newcomer joins the waiting list."""
        self.edition, self.email, self.marks_full = edition, email, marks_full

    @cached_property
    def rows(self) -> list[CityRow]:
        """Return what there is to choose, by the alphabet. One query for each form, and now and then another for `full_delegations`."""
        full, language = full_delegations(self.edition) if self.marks_full else (), get_language() or ""
        labelled = [
            CityRow(pk, label_of_city(name, country, language, is_full=pk in full), is_its)
            for pk, name, country, is_its in cities_to_choose(self.edition, domains_above(self.email))
        ]
        return sorted(labelled, key=lambda row: (alphabetical(row.label), row.pk))

    def of_address(self) -> int | None:
        """Return the delegation whose city has the address's domain; None if there is none, or several."""
        theirs = [row.pk for row in self.rows if row.is_of_address]
        return theirs[0] if len(theirs) == 1 else None

    def to_python(self, value: Any) -> Delegation | None:
        """Return the delegation with this number, with its city and edition. A prepared query: registering asks it three times."""
        if value in self.empty_values:
            return None
        number = whole_number(str(value))
        chosen = delegation_in(self.edition, number) if number is not None else None
        if chosen is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return chosen

    def __deepcopy__(self, memo: dict[int, Any]) -> "CityField":
        """Copy the field for a form, which reads its own rows."""
        copied: CityField = super().__deepcopy__(memo)
        copied.__dict__.pop("rows", None)
        return copied
