from typing import Any

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _

from programme.admin.history import HistoryAdmin
from programme.models import Room, Venue


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


@admin.register(Venue)
class VenueAdmin(HistoryAdmin[Venue]):
    list_display = ["name", "address"]
    search_fields = ["name", "address"]
    inlines = [RoomInline]


@admin.register(Room)
class RoomAdmin(HistoryAdmin[Room]):
    list_display = ["name", "venue", "capacity"]
    list_filter = ["venue"]
    list_select_related = ["venue"]
    search_fields = ["name", "venue__name"]
    autocomplete_fields = ["venue"]
