"""Lists of the admin: cells that know their column's name, and what stands above the table."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from programme.areas import page_of_model
from udtacademy.admin.lists import boolean_word, columns_of, has_times
from udtacademy.http.spreadsheets import CONTENT_TYPES
from udtacademy.tables.writing import Row

register = template.Library()


@register.filter
def labelled(cells: Sequence[SafeString], headers: Sequence[dict[str, Any]]) -> Iterator[SafeString]:
    """Yield a row's cells with the name of their column, which narrow screens show before them, and their role."""
    for cell, header in zip_longest(cells, headers):
        if cell:
            attributes = format_html(' role="{}"', "rowheader" if cell.startswith("<th") else "cell")
            if label := label_of(header or {}):
                attributes = format_html('{} data-label="{}"', attributes, label)
            yield mark_safe(cell[:3] + attributes + cell[3:])  # noqa: S308 - Django's cell, and escaped attributes


def label_of(header: dict[str, Any]) -> str:
    """Return the name of a column; empty for the tick boxes."""
    return "" if is_of_tick_boxes(header) else capfirst(str(header.get("text", "")))


@register.filter
def is_of_tick_boxes(header: dict[str, Any]) -> bool:
    return "action-checkbox" in str(header.get("class_attrib", ""))


@register.filter
def beside(row: Row, columns: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the values of a row with the names of their columns, booleans as words."""
    for column, value in zip(columns, row, strict=True):
        yield column, boolean_word(value) if isinstance(value, bool) else value


@register.inclusion_tag("admin/_list_tools.html", takes_context=True)
def list_tools(context: dict[str, Any]) -> dict[str, Any]:
    """Return the time zone of a list, empty without times, and inside an edition the URLs of the list as files."""
    changelist, edition = context["cl"], context.get("edition")
    page = page_of_model(changelist.opts.label_lower)
    shows_times = any(has_times(changelist, name) for name in columns_of(changelist))
    return {
        "zone": timezone.get_current_timezone_name() if shows_times else "",
        "files": [
            (kind.upper(), reverse(f"{page.name}-export", args=[edition.slug, kind]) + changelist.get_query_string())
            for kind in CONTENT_TYPES
        ]
        if edition and page and changelist.result_count
        else [],
    }
