from django.contrib import admin

from programme.admin.history import HistoryAdmin
from programme.models import Participant


@admin.register(Participant)
class ParticipantAdmin(HistoryAdmin[Participant]):
    list_display = ["user", "delegation", "edition"]
    list_filter = ["edition", "delegation__city"]
    list_select_related = ["user", "delegation__city", "edition"]
    search_fields = ["user__name", "user__email", "delegation__city__name"]
    autocomplete_fields = ["user", "delegation"]
