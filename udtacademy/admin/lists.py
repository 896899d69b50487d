"""What a list of the admin shows, for its page and for a spreadsheet of it: the same columns, filters, search and order."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.utils import get_fields_from_path, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from udtacademy.tables.writing import Row, Value

CHUNK = 500  # rows read at once


def boolean_word(value: bool | None) -> str | SafeString:  # noqa: FBT001 - as Django calls it
    """Return a boolean as a word: "no" and "unknown" less striking than "yes"."""
    if value:
        return _("yes")
    return format_html('<span class="academy-no">{}</span>', _("unknown") if value is None else _("no"))


def show_booleans_as_words() -> None:
    """Make lists and read-only fields show booleans as words. Django shows pictures, and has no setting for them."""
    admin_list._boolean_icon = boolean_word  # type: ignore[attr-defined]  # noqa: SLF001 - a test notices if it is renamed


def columns_of(changelist: ChangeList) -> list[Any]:
    """Return the columns of a list that say something about its rows: without tick boxes and buttons."""
    left_out = {"action_checkbox", *getattr(changelist.model_admin, "only_on_page", ())}
    return [name for name in changelist.list_display if name not in left_out]


def rows_of(changelist: ChangeList) -> Iterator[Row]:
    """Yield the headings of a list, and all its rows, on whatever page. Headings of times name the active time zone."""
    columns = columns_of(changelist)
    yield [heading(changelist, name) for name in columns]
    for obj in changelist.queryset.iterator(chunk_size=CHUNK):
        yield [value_in(changelist, name, obj) for name in columns]


def heading(changelist: ChangeList, name: Any) -> str:
    label = capfirst(str(label_for_field(name, changelist.model, changelist.model_admin)))
    if not has_times(changelist, name):
        return label
    return _("%(column)s (%(zone)s)") % {"column": label, "zone": timezone.get_current_timezone_name()}


def has_times(changelist: ChangeList, name: Any) -> bool:
    """Return whether a column shows times of day, or is sorted by them."""
    path = changelist.get_ordering_field(name)
    if not isinstance(path, str):
        return False
    try:
        field: Any = get_fields_from_path(changelist.model, path)[-1]
    except FieldDoesNotExist:
        annotation = changelist.queryset.query.annotations.get(path)
        field = annotation.output_field if annotation else None
    return isinstance(field, models.DateTimeField)


def value_in(changelist: ChangeList, name: Any, obj: models.Model) -> Value:
    """Return the value in a column of a row: of a relation and of a choice what the page says, else with its type."""
    try:
        field, _attribute, value = lookup_field(name, obj, changelist.model_admin)
    except ObjectDoesNotExist:
        return None
    if isinstance(field, models.Field) and not field.auto_created:
        if isinstance(field.remote_field, models.ManyToOneRel):
            return getattr(obj, field.name)
        if field.flatchoices:
            return dict(field.flatchoices).get(value, value)
    return strip_tags(value) if isinstance(value, SafeString) else value
