"""Fields for email addresses and domains, normalised when saved and in queries (decision 0029)."""

from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.forms import SimpleArrayField
from django.db import models

from udtacademy.db.addresses import (
    normalised_address,
    normalised_domain,
    typed_domain,
    typed_domains,
    validate_address,
    validate_plain_address,
)
from udtacademy.db.fields import NormalisedField


class AddressFormField(forms.EmailField):
    """An email address that can be delivered, normalised. The validator checks its length."""

    default_validators = [validate_address]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": None, **kwargs})

    def to_python(self, value: Any) -> str:
        return normalised_address(super().to_python(value) or "")


class AddressField(NormalisedField, models.EmailField[str, str]):
    """An email address. Forms refuse addresses that cannot be delivered."""

    default_validators = [validate_address]

    def normalised(self, text: str) -> str:
        return normalised_address(text)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressFormField, "max_length": None, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs  # the same in the database


class PlainAddressField(AddressField):
    """An email address that every mail server delivers to."""

    default_validators = [validate_address, validate_plain_address]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"validators": [validate_plain_address], **kwargs})


class DomainFormField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return typed_domain(super().to_python(value) or "")


class DomainsFormField(SimpleArrayField):
    """Domains as people type and paste them."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(typed_domains(value) if isinstance(value, str) else value)


class DomainField(models.CharField[str, str]):
    """A domain, normalised when saved and in queries."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return normalised_domain(value) if isinstance(value, str) else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": DomainFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # as above


class DomainsField(ArrayField[list[str], list[str]]):
    """A list of domains."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": DomainsFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.contrib.postgres.fields.ArrayField", args, kwargs  # as above
