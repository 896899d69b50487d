import re
import unicodedata
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Func, Value
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from programme.rules.addresses import normalised_address, normalised_domain, validate_address, validate_plain_address

# They turn the direction of the text around them, so that a page could be made to read what nobody wrote.
DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ParagraphsField(models.TextField[str, str]):
    """Text of several paragraphs, with one kind of line end whatever the browser sent."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize_newlines(text) if isinstance(text, str) else text


BREAKS = re.compile(r"\s*[\t\n\v\f\r\x85\u2028\u2029]\s*")


def in_one_line(text: str) -> str:
    """The same words without line ends and tabs: each, with the spaces around it, becomes one space."""
    return BREAKS.sub(" ", text)


def validate_readable(text: str) -> None:
    """Refuse text without a letter or digit of any script, and control characters that cannot be shown."""
    if any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in text) or DIRECTION_CONTROLS & {
        *text
    }:
        raise ValidationError(_("This has characters that cannot be shown. Type it anew rather than pasting it."))
    if not any(sign.isalnum() for sign in text):
        raise ValidationError(_("Write at least one letter or digit."))


class LineField(models.CharField[str, str]):
    """Readable words in one line, whatever was typed: they stand in subjects, calendar entries and lists of changes."""

    default_validators = [validate_readable]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return in_one_line(text) if isinstance(text, str) else text

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # for the database nothing has changed


class WebAddressField(models.URLField[str, str]):
    """A web address; one typed without its beginning is taken to be https."""

    default_validators = [URLValidator(schemes=["https", "http"])]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})


class AddressFormField(forms.EmailField):
    """An e-mail address that can be delivered; its value is normalised. How long it may be is said by its validator."""

    default_validators = [validate_address]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": None, **kwargs})

    def to_python(self, value: Any) -> str:
        return normalised_address(super().to_python(value) or "")


class AddressAsStored(str):
    """An address that stands in the database in another way than we write it now (decision 0029).

    It goes back as it came, so that a row nobody has given another address can be saved.
    """

    __slots__ = ()


class AddressField(models.EmailField[str, str]):
    """An e-mail address, normalised wherever it is saved or looked for; a form refuses what cannot be delivered."""

    default_validators = [validate_address]

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return value if value is None or value == normalised_address(value) else AddressAsStored(value)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalised_address(value) if isinstance(value, str) and not isinstance(value, AddressAsStored) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's
        value = self.to_python(super().pre_save(model_instance, add))
        if not hasattr(value, "resolve_expression"):
            setattr(model_instance, self.attname, value)
        return value

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """Leave what a form gives back as it was shown: forms normalise it."""
        if data != normalised_address(getattr(instance, self.attname) or ""):
            super().save_form_data(instance, data)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressFormField, "max_length": None, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs  # for the database nothing has changed


class PlainAddressField(AddressField):
    """An e-mail address that everybody's mail server delivers to."""

    default_validators = [validate_address, validate_plain_address]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"validators": [validate_plain_address], **kwargs})


class DomainFormField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return normalised_domain(super().to_python(value) or "")


class DomainField(models.CharField[str, str]):
    """A domain, normalised wherever it is saved or looked for."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return normalised_domain(value) if isinstance(value, str) else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": DomainFormField, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # as above


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone; an example is Europe/Madrid."), params={"name": name})


def validate_name(name: str) -> None:
    """A person's name: readable, and no web address, which would be a link in e-mails to others."""
    validate_readable(name)
    if "://" in name or "www." in name.lower():
        raise ValidationError(_("Write the name without a web address."))


def int_range(low: str) -> Func:
    """The range that holds one number only. Stands in for equality: without btree_gist a GiST index has none."""
    return Func(F(low), F(low), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def time_range() -> Func:
    return Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())
