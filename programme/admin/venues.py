from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from programme.actions.waiting_lists import settling_rooms
from programme.admin.session_messages import warn_of_overfull
from programme.models import Room, Session, Venue
from programme.queries.seat_effects import sentences
from programme.queries.staff import is_limited
from programme.queries.venues import is_venue_open_to
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.history import HistoryAdmin

M = TypeVar("M", Room, Venue)


class RoomFormSet(BaseInlineFormSet[Room, Venue, Any]):
    def clean(self) -> None:
        """Refuse two new rooms with the same name: the constraint compares each only with saved rooms."""
        super().clean()
        names: set[str] = set()
        for form in self.forms:
            name = (form.cleaned_data.get("name") or "").lower()
            if name and name in names and not form.cleaned_data.get("DELETE"):
                form.add_error("name", _("The venue already has a room with this name."))
            names.add(name)


class RoomInline(admin.StackedInline[Room, Venue]):
    model = Room
    formset = RoomFormSet
    extra = 0


class CapacityAdmin(HistoryAdmin[M]):
    """A ModelAdmin whose saving may change capacities: free seats go to the waiting lists, and nobody loses a seat."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow it to those who work in all editions that meet there: a smaller room concerns their people."""
        return super().has_change_permission(request, obj) and self.is_open_to(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.is_open_to(request, obj)

    def is_open_to(self, request: HttpRequest, obj: Any) -> bool:
        venue = obj.venue if isinstance(obj, Room) else obj
        return not isinstance(venue, Venue) or is_venue_open_to(signed_in(request), venue)

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        """Save as Django does and settle the waiting lists, in Django's transaction so that errors at commit are handled."""
        obj = self.get_object(request, unquote(object_id)) if object_id and request.method == "POST" else None
        if obj is None or not self.has_change_permission(request, obj):
            response: HttpResponse = super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            return response
        venue = obj.venue if isinstance(obj, Room) else obj
        with settling_rooms(venue, by=request.user) as effects:  # type: ignore[arg-type]
            response = super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        for sentence in sentences([it for it in effects if it.has_email]):
            messages.info(request, _("Email sent: %(sentence)s") % {"sentence": sentence})
        if response.status_code == HTTPStatus.FOUND:
            warn_of_overfull(request, Session.objects.filter(room__venue=venue))
        return response


@admin.register(Venue)
class VenueAdmin(CapacityAdmin[Venue]):
    list_display = ["name", "address"]
    search_fields = ["name", "address"]
    inlines = [RoomInline]


@admin.register(Room)
class RoomAdmin(CapacityAdmin[Room]):
    list_display = ["name", "venue", "capacity"]
    list_filter = ["venue"]
    list_select_related = ["venue"]
    search_fields = ["name", "venue__name"]
    autocomplete_fields = ["venue"]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form to those who work in all editions; others add rooms on the page of their venue."""
        if is_limited(signed_in(request)):
            raise PermissionDenied
        return super().add_view(request, form_url, extra_context)
