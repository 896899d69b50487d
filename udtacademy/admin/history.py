"""The readable history of an object: each changed field, by whom and when."""

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
class FieldChange:
    """A changed field with its values as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """One event in the history of an object. `reason`: why, if somebody was asked."""

    at: Any
    what: str
    actor: str
    changes: list[FieldChange]
    reason: str = ""


class HistoryAdmin(BaseModelAdmin[M]):
    """A ModelAdmin whose history page shows the events recorded by database triggers."""

    object_history_template = "admin/academy/history.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The same checks as in Django's view.
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        page = Paginator(self.newest_first(obj), PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(object)s") % {"object": obj},
            "entries": list(self.entries(page.object_list, self.withheld(request, obj))),
            "page": page,
            "object": obj,
            "opts": self.opts,
        } | (extra_context or {})
        return TemplateResponse(request, self.object_history_template, context)

    def events_of(self, obj: M) -> Any:
        """Return the events of the object's history."""
        return pghistory.models.Events.objects.tracks(obj)

    def newest_first(self, obj: M) -> Any:
        return self.events_of(obj).order_by("-pgh_created_at", "-pgh_id")

    def event_label(self, event: Any) -> str:
        labels = {"insert": _("Added"), "update": _("Changed"), "delete": _("Deleted")}
        return str(labels.get(event.pgh_label, event.pgh_label))

    def entries(self, events: Any, withheld: set[str]) -> Iterator[HistoryEntry]:
        events = list(events)
        ids = {event.pgh_context.get("user") for event in events if event.pgh_context}
        people = {user.pk: str(user) for user in get_user_model().objects.filter(pk__in=ids - {None})}
        for event in events:
            yield HistoryEntry(
                at=event.pgh_created_at,
                what=self.event_label(event),
                actor=actor_of(event.pgh_context or {}, people),
                changes=list(self.changes(event, withheld)),
                reason=(event.pgh_context or {}).get("reason", ""),
            )

    def changes(self, event: Any, withheld: set[str]) -> Iterator[FieldChange]:
        """Yield the changed fields, without values of fields that the reader's page of the object does not show."""
        for name, (before, after) in (event.pgh_diff or {}).items():
            field = next((f for f in self.opts.concrete_fields if name in {f.name, f.attname}), None)
            if field is None or name.startswith("pgh_"):
                continue
            if field.name in withheld:
                yield FieldChange(str(field.verbose_name), _("not shown"), _("not shown"))
            else:
                yield FieldChange(str(field.verbose_name), shown(field, before), shown(field, after))


def actor_of(context: dict[str, Any], people: dict[int, str]) -> str:
    """Return who made a change, from the context left by the request, task or command."""
    if user := context.get("user"):
        return people.get(user) or _("deleted user %(id)s") % {"id": user}
    return context.get("task") or context.get("command") or _("the system")


def shown(field: models.Field[Any, Any], value: Any) -> str:
    """Format a recorded value: choices by label, relations by name, times in UTC."""
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
