"""Filters of lists by what is missing, for the links of the overview's tasks."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Delegation, Session
from programme.queries.edition_work import is_to_invite


class LacksLink(admin.SimpleListFilter):
    title = _("missing")
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("link", _("meeting link, online"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        return queryset.filter(format=Session.Format.ONLINE, meeting_url="") if self.value() else queryset


class LacksCoordinator(admin.SimpleListFilter):
    title = _("missing")
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("coordinator", _("coordinator, and no open invitation"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> QuerySet[Delegation]:
        return queryset.filter(is_to_invite(timezone.now())) if self.value() else queryset
