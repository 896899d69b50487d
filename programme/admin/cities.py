from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from programme.models import City, Edition
from programme.models.counts import count_of
from udtacademy.admin.history import HistoryAdmin


@admin.register(City)
class CityAdmin(HistoryAdmin[City]):
    list_display = ["name", "country", "n_delegations"]
    list_filter = ["country"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[City]:
        return super().get_queryset(request).annotate(n_delegations=count_of("programme.Delegation", "city"))

    def has_change_permission(self, request: HttpRequest, obj: City | None = None) -> bool:
        """Allow it to those who work in all editions that the city takes part in: its name is the same in all."""
        return super().has_change_permission(request, obj) and self.is_open_to(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: City | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self.is_open_to(request, obj)

    def is_open_to(self, request: HttpRequest, city: City | None) -> bool:
        if city is None or request.user.is_superuser:
            return True
        return not city.delegations.exclude(edition__in=Edition.objects.open_to(request.user)).exists()

    @admin.display(description=_("delegations"), ordering="n_delegations")
    def n_delegations(self, city: City) -> int:
        return city.n_delegations  # type: ignore[attr-defined,no-any-return]
