from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from programme.admin.history import HistoryAdmin
from programme.models import Delegation


@admin.register(Delegation)
class DelegationAdmin(HistoryAdmin[Delegation]):
    list_display = ["city", "edition", "n_participants", "seats"]
    list_filter = ["edition", "city__country"]
    list_select_related = ["city", "edition"]
    search_fields = ["city__name", "edition__name", "edition__slug"]
    autocomplete_fields = ["edition", "city"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delegation]:
        return super().get_queryset(request).annotate(n_participants=Count("participants"))

    @admin.display(description=_("people"), ordering="n_participants")
    def n_participants(self, delegation: Delegation) -> int:
        return delegation.n_participants  # type: ignore[attr-defined,no-any-return]
