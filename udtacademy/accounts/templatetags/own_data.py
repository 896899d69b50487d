"""Values of records in words, for the page of one's own data."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def with_names(row: Sequence[Any], names: Sequence[str]) -> Iterable[tuple[str, Any]]:
    """Yield the names of fields with their values, where there is one."""
    return ((name, value) for name, value in zip(names, row, strict=True) if value not in (None, "", []))


@register.filter
def in_words(value: Any) -> str:
    """Return a value as text: yes, no, a time in the reader's zone."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i e")
    if isinstance(value, dt.date):
        return date_format(value, "j F Y")
    if isinstance(value, dict):
        return "; ".join(f"{key}: {in_words(it)}" for key, it in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
