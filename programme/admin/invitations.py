from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.actions.invitations import revoke_invitation
from programme.admin.of_edition import OfEditionAdmin
from programme.models import Invitation
from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin


@admin.register(Invitation)
class InvitationAdmin(OfEditionAdmin[Invitation], BulkActionAdmin[Invitation]):
    """Invitations, to view and revoke. They are created on the page of delegations or by coordinators."""

    noun = "invitation"
    edition_path = "delegation__edition"
    bulk_actions = (
        BulkAction(
            "revoke",
            _("Revoke"),
            _("The links stop working. The people invited are not told."),
            _("Revoked"),
            revoke_invitation,
            lambda invitation: not invitation.is_open(timezone.now()),
            is_destructive=True,
        ),
    )
    list_display = ["invitee", "delegation", "edition", "is_for_coordinator", "state", "created_at", "expires_at"]
    list_filter = ["delegation__edition", "is_for_coordinator", ("delegation__city", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["delegation__city", "delegation__edition"]
    search_fields = ["email", "name", "delegation__city__name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in {"id", "token_hash"}]

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[Any]:
        return self.get_readonly_fields(request, obj)

    @admin.display(description=_("for"), ordering="email")
    def invitee(self, invitation: Invitation) -> str:
        return str(invitation)

    @admin.display(description=_("edition"), ordering="delegation__edition")
    def edition(self, invitation: Invitation) -> str:
        return str(invitation.delegation.edition)

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        return str(invitation.state(timezone.now()).label)

    def for_confirmation(self, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        return queryset.select_related("delegation__city").order_by("pk")

    def describe(self, invitation: Invitation) -> str:
        return f"{invitation}, {invitation.delegation} ({self.state(invitation)})"

    def current_state(self, invitation: Invitation) -> str:
        return self.state(invitation).capitalize()
