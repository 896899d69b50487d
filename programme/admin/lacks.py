"""Filters of lists by what is missing: the tasks of the overview lead to them, with the same conditions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Delegation, Session
from programme.queries.edition_work import SessionLack, is_to_invite, lacks

LABELS = {
    SessionLack.LINK: _("meeting link, within two days"),
    SessionLack.CONFIRMATION: _("confirmation, within 14 days"),
    SessionLack.PUBLICATION: _("publication, still to come"),
}


class LacksOfSession(admin.SimpleListFilter):
    title = _("missing")
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(lack.value, label) for lack, label in LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        value = self.value()
        return queryset.filter(lacks(SessionLack(value), timezone.now())) if value in LABELS else queryset


class LacksCoordinator(admin.SimpleListFilter):
    title = _("missing")
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("coordinator", _("coordinator, and no open invitation"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        return queryset.filter(is_to_invite(timezone.now())) if self.value() else queryset
