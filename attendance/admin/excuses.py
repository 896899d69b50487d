"""Requests about sessions in the admin, with the actions that decide them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from attendance.actions.excuses import approve_excuse, decline_excuse
from attendance.models import Excuse
from programme.admin.of_edition import OfEditionAdmin
from programme.forms.participants import OptionalReasonForm, ReasonForm
from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin, emails_sentence

BULK_ACTIONS: tuple[BulkAction[Excuse], ...] = (
    BulkAction(
        "approve",
        _("Approve"),
        _("Excuses and make-ups are counted separately. A correction makes the person present."),
        _("Approved"),
        approve_excuse,
        lambda excuse: not excuse.is_open,
        OptionalReasonForm,
    ),
    BulkAction(
        "decline",
        _("Decline"),
        _("We email the reason to the participant, who can send a new request."),
        _("Declined"),
        decline_excuse,
        lambda excuse: not excuse.is_open,
        ReasonForm,
        is_destructive=True,
    ),
)


@admin.register(Excuse)
class ExcuseAdmin(OfEditionAdmin[Excuse], BulkActionAdmin[Excuse]):
    """Requests to decide. Nobody can edit what a participant wrote."""

    noun = "excuse"
    bulk_actions = BULK_ACTIONS
    list_display = ["participant", "city", "session", "kind", "reason", "state", "asked_at"]
    list_filter = ["state", "kind", "edition", ("session", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["participant__user__name", "participant__user__email", "session__title", "reason"]
    list_per_page = 50
    readonly_fields = [
        *("participant", "session", "kind", "reason", "answer", "asked_by", "asked_at", "state"),
        *("decided_by", "decided_at", "decision_reason"),
    ]
    fields = (*readonly_fields,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: participants send requests, and organisers decide on the board."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Excuse | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Excuse]:
        return self.in_edition(request, Excuse.objects.with_people())

    @admin.display(description=_("city"), ordering="participant__delegation__city__name")
    def city(self, excuse: Excuse) -> str:
        return str(excuse.participant.delegation)

    def describe(self, excuse: Excuse) -> str:
        who = f"{excuse.participant}, {excuse.participant.delegation}: {excuse.session}"
        return f"{who} ({excuse.get_kind_display()}; {excuse.get_state_display()}): {excuse.reason}"

    def impact(self, action: BulkAction[Excuse], objects: list[Excuse]) -> str:
        n = sum(not action.is_done(excuse) for excuse in objects)
        return emails_sentence(n)

    def for_confirmation(self, queryset: QuerySet[Excuse]) -> QuerySet[Excuse]:
        return queryset.order_by("pk")

    def current_state(self, excuse: Excuse) -> str:
        return str(excuse.get_state_display()).capitalize()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
