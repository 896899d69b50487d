"""Aliases in the admin."""

from django.contrib import admin
from django.http import HttpRequest

from attendance.admin.records import RecordAdmin
from attendance.models import Alias


@admin.register(Alias)
class AliasAdmin(RecordAdmin[Alias]):
    """Names and addresses learnt from meeting reports. Wrong ones can be deleted."""

    list_display = ["__str__", "participant", "confirmed_by", "confirmed_at", "report"]
    list_filter = ["edition"]
    search_fields = ["name_key", "email_key", "participant__user__name", "participant__user__email"]
    list_select_related = ["participant__user", "confirmed_by", "report"]

    def has_delete_permission(self, request: HttpRequest, obj: Alias | None = None) -> bool:
        return request.user.has_perm("attendance.delete_alias")
