"""Model fields and validators for text that people enter."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from udtacademy.time_zones import zone_names

# They change the direction of the text around them, and could falsify what a page says.
DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


LONGEST_TEXT = 50_000  # characters, about 20 pages


def validate_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            _("Shorten this to %(most)s characters or fewer. It has %(n)s."),
            params={"most": f"{LONGEST_TEXT:,}", "n": f"{len(text):,}"},
        )


class ParagraphsField(models.TextField[str, str]):
    """Text of several paragraphs, with its line ends normalised.

    Its length is checked by forms only, as a `max_length` would be: browsers would cut off what is pasted beyond one.
    """

    default_validators = [validate_length]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize_newlines(text) if isinstance(text, str) else text


BREAKS = re.compile(r"\s*[\t\n\v\f\r\x85\u2028\u2029]\s*")


def in_one_line(text: str) -> str:
    """Replace each line end or tab, with the spaces around it, by one space."""
    return BREAKS.sub(" ", text)


def validate_readable(text: str) -> None:
    """Refuse text without a letter or digit of any script, and text with control characters that cannot be shown."""
    if any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in text) or DIRECTION_CONTROLS & {
        *text
    }:
        raise ValidationError(_("This contains characters that cannot be shown. Type the text instead of pasting it."))
    if not any(sign.isalnum() for sign in text):
        raise ValidationError(_("Enter at least one letter or digit."))


class LineField(models.CharField[str, str]):
    """Readable text in one line, for email subjects, calendar entries and lists of changes."""

    default_validators = [validate_readable]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return in_one_line(text) if isinstance(text, str) else text

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # the same in the database


class NormalisedField(models.CharField[str, str]):
    """Text that is normalised when saved and in queries."""

    def normalised(self, text: str) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return self.normalised(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's
        value = self.to_python(super().pre_save(model_instance, add))
        if not hasattr(value, "resolve_expression"):
            setattr(model_instance, self.attname, value)
        return value


def validate_no_password(address: str) -> None:
    """Refuse an address with a name or password before its host, which would be published or sent with it."""
    if re.match(r"[a-z]+://[^/?#]*@", address, re.IGNORECASE):
        raise ValidationError(_("Enter the address without a user name and password."))


class WebAddressField(models.URLField[str, str]):
    """A web address; https if entered without a scheme."""

    default_validators = [URLValidator(schemes=["https", "http"]), validate_no_password]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"assume_scheme": "https", **kwargs})


def validate_time_zone(name: str) -> None:
    if name not in zone_names():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Enter a time zone such as Europe/Madrid."), params={"name": name}
        )


# With "://", "www." or "@", or a dot and then a slash in one word: city.example/login. Not a/l, or Biel/Bienne.
LINKED = re.compile(r"://|www\.|@|\.\S*/", re.IGNORECASE)


def validate_name(name: str) -> None:
    """Refuse a name that is unreadable, or has what mail programs make a link of in emails to others."""
    validate_readable(name)
    if LINKED.search(name):
        raise ValidationError(_("Enter the name without a web or email address."))
