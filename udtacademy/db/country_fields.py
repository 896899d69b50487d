"""A field for countries, by name or code; stored as codes, which queries also take by name."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from udtacademy.db.countries import CODES, typed_country
from udtacademy.db.fields import NormalisedField

LONGEST_SHOWN = 60


def validate_country(code: str) -> None:
    if code not in CODES:
        text = _("“%(country)s” is not a country we know. Enter its name or its two letters, for example Spain or ES.")
        raise ValidationError(text, params={"country": code[:LONGEST_SHOWN]})


class CountryFormField(forms.CharField):
    default_validators = [validate_country]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "max_length": None})

    def to_python(self, value: Any) -> Any:
        return typed_country(super().to_python(value) or "")


class CountryField(NormalisedField):
    """A country's code in capital letters."""

    default_validators = [validate_country]

    def normalised(self, text: str) -> str:
        return typed_country(text)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": CountryFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # the same in the database
