"""Lists of the admin: cells that know their column's name, and what stands above the table."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from programme.areas import page_of_model
from programme.models import Edition
from programme.queries.filtered_lists import CITIES, PEOPLE, SEATS
from udtacademy.admin.lists import boolean_word, columns_of, has_times
from udtacademy.http.spreadsheets import CONTENT_TYPES
from udtacademy.tables.writing import Row

register = template.Library()

WRITE = "programme.change_campaign"
# Lists to whose people organisers can write, by their model: the kind of the selection, and what the list can be asked.
WRITTEN_TO = {
    "programme.participant": ("people", PEOPLE),
    "programme.delegation": ("cities", CITIES),
    "programme.seat": ("seats", SEATS),
}


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


@register.simple_tag
def write_url(edition: Edition, kind: str, value: object = "") -> str:
    """Return the URL of the form that writes to a selection (see `programme.selections`)."""
    page = reverse("programme-staff:campaign-add", args=[edition.slug])
    return f"{page}?{urlencode({'to': f'{kind}:{value}'})}"


def write_url_of(context: dict[str, Any]) -> str:
    """Return the URL of the form that writes to the people of a list; empty for other lists and visitors."""
    changelist, edition, request = context["cl"], context.get("edition"), context["request"]
    kind, shown = WRITTEN_TO.get(changelist.opts.label_lower, ("", None))
    if not (edition and shown and changelist.result_count and request.user.has_perm(WRITE)):
        return ""
    return write_url(edition, kind, shown.query_of(request.GET))


@register.inclusion_tag("admin/_list_tools.html", takes_context=True)
def list_tools(context: dict[str, Any]) -> dict[str, Any]:
    """Return the time zone of a list, empty without times, and inside an edition the URLs of the list as files, and of the form
    that writes to its people.
    """
    changelist, edition = context["cl"], context.get("edition")
    page = page_of_model(changelist.opts.label_lower)
    shows_times = any(has_times(changelist, name) for name in columns_of(changelist))
    return {
        "zone": timezone.get_current_timezone_name() if shows_times else "",
        "write_url": write_url_of(context),
        "files": [
            (kind.upper(), reverse(f"{page.name}-export", args=[edition.slug, kind]) + changelist.get_query_string())
            for kind in CONTENT_TYPES
        ]
        if edition and page and changelist.result_count
        else [],
    }
