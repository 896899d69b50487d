"""Selects with many options, whose HTML is made once and cached: Django renders a template for each option."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from programme.models import Delegation
from programme.models.city import city_label

Options = tuple[tuple[str, Any], ...]  # values and labels; a group has its options in place of the label


class CachedSelect(forms.Select):
    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - Django gives it
        chosen = format_html('<option value="{}"', "" if value is None else value)
        options = html_of(as_options(self.choices)).replace(chosen, f"{chosen} selected", 1)
        attributes = flatatt(self.build_attrs({"name": name, **self.attrs}, attrs))
        return format_html("<select{}>{}</select>", attributes, mark_safe(options))  # noqa: S308 - of `html_of`


def as_options(choices: Iterable[Any]) -> Options:
    return tuple(
        (str(value), as_options(label) if isinstance(label, (list, tuple)) else str(label)) for value, label in choices
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
    """The delegations of a field's queryset by the names of their cities, without a model instance for each."""

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for pk, name, country in self.queryset.values_list("pk", "city__name", "city__country"):
            yield pk, city_label(name, country)


class CityField(forms.ModelChoiceField[Delegation]):
    """A choice of a delegation by its city."""

    iterator = CityIterator
    widget = CachedSelect
