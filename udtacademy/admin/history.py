"""The history of an object, readable: what became of each field, by whom, when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pghistory.models
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from udtacademy.admin.base import BaseModelAdmin

M = TypeVar("M", bound=models.Model)

PER_PAGE = 50
LONGEST_TEXT = 300


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One event of a row."""

    at: Any
    what: str
    actor: str
    changes: list[Change]


class HistoryAdmin(BaseModelAdmin[M]):
    """A ModelAdmin whose history page shows what the database triggers kept."""

    object_history_template = "admin/academy/history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The same preamble as Django's own: the object, else its list; the right to see it, else 403.
        found = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        events = self.events_of(found).order_by("-pgh_created_at", "-pgh_id")
        page = Paginator(events, PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %s") % found,
            "entries": list(self.entries(page.object_list, self.withheld(request, found))),
            "page": page,
            "object": found,
            "opts": self.opts,
        } | (extra_context or {})
        return TemplateResponse(request, self.object_history_template, context)

    def events_of(self, found: M) -> Any:
        """The events that make up the history of the object."""
        return pghistory.models.Events.objects.tracks(found)

    def what(self, event: Any) -> str:
        labels = {"insert": _("Added"), "update": _("Changed"), "delete": _("Deleted")}
        return str(labels.get(event.pgh_label, event.pgh_label))

    def entries(self, events: Any, withheld: set[str]) -> Iterator[Entry]:
        events = list(events)
        ids = {event.pgh_context.get("user") for event in events if event.pgh_context}
        people = {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=ids - {None})}
        for event in events:
            yield Entry(
                at=event.pgh_created_at,
                what=self.what(event),
                actor=actor_of(event.pgh_context or {}, people),
                changes=list(self.changes(event, withheld)),
            )

    def changes(self, event: Any, withheld: set[str]) -> Iterator[Change]:
        """What became of each field, without the values of those that the reader's page of the object does not show."""
        for name, (before, after) in (event.pgh_diff or {}).items():
            field = next((f for f in self.opts.concrete_fields if name in {f.name, f.attname}), None)
            if field is None or name.startswith("pgh_"):
                continue
            if field.name in withheld:
                yield Change(str(field.verbose_name), _("not shown"), _("not shown"))
            else:
                yield Change(str(field.verbose_name), shown(field, before), shown(field, after))


def actor_of(context: dict[str, Any], people: dict[int, str]) -> str:
    """Who did it, from what the request, the task or the command left."""
    if user := context.get("user"):
        return people.get(user) or _("user %(id)s, since deleted") % {"id": user}
    return context.get("task") or context.get("command") or _("the system")


def shown(field: models.Field[Any, Any], value: Any) -> str:
    """A kept value for a person: choices by their label, relations by name, times in the current zone."""
    if value in (None, ""):
        return "–"
    if isinstance(field, models.ForeignKey):
        related = field.related_model._default_manager.filter(pk=value).first()
        return str(related) if related else f"#{value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(field, models.DateTimeField) and (moment := parse_datetime(str(value))):
        return f"{date_format(moment, 'Y-m-d H:i')} UTC"
    text = str(localize(value)) if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
