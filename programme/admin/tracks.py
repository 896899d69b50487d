from django.contrib import admin

from programme.admin.of_edition import OfEditionAdmin
from programme.models import Track
from udtacademy.admin.history import HistoryAdmin


@admin.register(Track)
class TrackAdmin(OfEditionAdmin[Track], HistoryAdmin[Track]):
    list_display = ["name", "edition", "position", "slug"]
    list_filter = ["edition"]
    list_select_related = ["edition"]
    search_fields = ["name", "slug", "edition__name"]
    autocomplete_fields = ["edition"]
    prepopulated_fields = {"slug": ["name"]}
