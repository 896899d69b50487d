"""Evidence and decisions in the admin, read-only."""

from typing import TypeVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance.models import Decision, Evidence
from attendance.rules.attendance import AttendanceStatus
from attendance.wording import status_word
from programme.admin.of_edition import OfEditionAdmin

M = TypeVar("M", bound=models.Model)


class RecordAdmin(OfEditionAdmin[M]):
    """Records that are added on other pages and never changed: read-only here."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


@admin.register(Evidence)
class EvidenceAdmin(RecordAdmin[Evidence]):
    list_display = ["participant", "session", "kind", "observed_at", "ended_at", "by", "kiosk", "recorded_at", "note"]
    list_filter = ["kind", "edition", ("session", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["participant__user__name", "participant__user__email", "session__title"]
    list_select_related = ["participant__user", "session", "by", "kiosk"]


@admin.register(Decision)
class DecisionAdmin(RecordAdmin[Decision]):
    list_display = ["participant", "session", "shown_before", "outcome", "reason", "by", "decided_at"]
    list_filter = ["outcome", "edition", ("session", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["participant__user__name", "participant__user__email", "session__title", "reason"]
    list_select_related = ["participant__user", "session", "by"]

    @admin.display(description=_("before"))
    def shown_before(self, decision: Decision) -> str:
        return status_word(AttendanceStatus(decision.before))
