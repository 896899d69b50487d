from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from programme.actions.waiting_lists import settling_rooms
from programme.admin.sessions import warn_of_overfull
from programme.models import Room, Session, Venue
from programme.queries.seat_effects import sentences
from udtacademy.admin.history import HistoryAdmin

M = TypeVar("M", Room, Venue)


class RoomFormSet(BaseInlineFormSet[Room, Venue, Any]):
    def clean(self) -> None:
        """Two new rooms of one name are a mistake of the form; the constraint only sees those there are."""
        super().clean()
        names: set[str] = set()
        for form in self.forms:
            name = (form.cleaned_data.get("name") or "").lower()
            if name and name in names and not form.cleaned_data.get("DELETE"):
                form.add_error("name", _("The venue has a room of this name already."))
            names.add(name)


class RoomInline(admin.StackedInline[Room, Venue]):
    model = Room
    formset = RoomFormSet
    extra = 0


class CapacityAdmin(HistoryAdmin[M]):
    """What is saved may give places, or take them; people who wait are served, nobody is evicted."""

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        """As Django's, in whose transaction it is: what the commit refuses is said as for other models."""
        obj = self.get_object(request, unquote(object_id)) if object_id and request.method == "POST" else None
        if obj is None or not self.has_change_permission(request, obj):
            response: HttpResponse = super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            return response
        venue = obj.venue if isinstance(obj, Room) else obj
        with settling_rooms(venue, by=request.user) as effects:  # type: ignore[arg-type]
            response = super()._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        for sentence in sentences([it for it in effects if it.has_email]):
            messages.info(request, _("Told by e-mail: %(sentence)s") % {"sentence": sentence})
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
