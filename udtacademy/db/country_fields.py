"""A field for country codes, normalised when saved and in queries."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from udtacademy.db.countries import CODES, typed_country
from udtacademy.db.fields import NormalisedField


def validate_country(code: str) -> None:
    if code not in CODES:
        raise ValidationError(
            _("“%(code)s” is not a country code. Enter two letters, for example ES."), params={"code": code}
        )


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
