from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from programme.models import City
from programme.models.counts import count_of
from udtacademy.admin.history import HistoryAdmin


@admin.register(City)
class CityAdmin(HistoryAdmin[City]):
    list_display = ["name", "country", "n_delegations"]
    list_filter = ["country"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[City]:
        return super().get_queryset(request).annotate(n_delegations=count_of("programme.Delegation", "city"))

    @admin.display(description=_("delegations"), ordering="n_delegations")
    def n_delegations(self, city: City) -> int:
        return city.n_delegations  # type: ignore[attr-defined,no-any-return]
