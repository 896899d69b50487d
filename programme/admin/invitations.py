import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programme.actions.invitation_reminders import reason_against, remind
from programme.actions.invitations import revoke_invitation
from programme.actions.locks import lock_delegations
from programme.admin.of_edition import OfEditionAdmin
from programme.models import Invitation
from programme.models.invitation import STAGES
from programme.queries.invitations import with_facts
from programme.rules.invitations import Stage
from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin, emails_sentence


class StageFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(stage.value, label) for stage, label in STAGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        value = self.value()
        return queryset.filter(**{self.parameter_name: value}) if value in set(Stage) else queryset


@admin.register(Invitation)
class InvitationAdmin(OfEditionAdmin[Invitation], BulkActionAdmin[Invitation]):
    """Invitations: view, remind and revoke. They are created on the page of delegations or by coordinators."""

    noun = "invitation"
    edition_path = "delegation__edition"
    bulk_actions = (
        BulkAction(
            "remind",
            _("Remind"),
            _(
                "They get an email with a new link; the earlier links work as well. Nobody is emailed twice within an hour,"
                " nor after using the invitation."
            ),
            _("Reminded"),
            remind,
            lambda invitation: bool(reason_against(invitation)),
        ),
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
    list_display = [
        *("invitee", "delegation", "edition", "is_for_coordinator", "stage", "sent_at", "reminded_at", "opened_at"),
        *("accepted_by", "expires_at", "invited_by"),
    ]
    list_filter = [
        "delegation__edition",
        StageFilter,
        "is_for_coordinator",
        ("delegation__city", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["delegation__city", "delegation__edition", "accepted_by", "invited_by"]
    search_fields = ["email", "name", "delegation__city__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return self.in_edition(request, with_facts(Invitation.objects.all(), timezone.now()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[str]:
        names = [field.name for field in self.opts.fields if field.name not in {"id", "token_hash"}]
        return ["stage", *names, "sent_at", "reminded_at", "why_not_reminded"]

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[Any]:
        """Return all fields; why nobody can be reminded only while the invitation can be used."""
        names = self.get_readonly_fields(request, obj)
        says_why = obj and obj.is_open(timezone.now()) and reason_against(obj)
        return names if says_why else [name for name in names if name != "why_not_reminded"]

    @admin.display(description=_("is not reminded now"))
    def why_not_reminded(self, invitation: Invitation) -> str:
        return reason_against(invitation)

    @admin.display(description=_("for"), ordering="email")
    def invitee(self, invitation: Invitation) -> str:
        return str(invitation)

    @admin.display(description=_("edition"), ordering="delegation__edition")
    def edition(self, invitation: Invitation) -> str:
        return str(invitation.delegation.edition)

    @admin.display(description=_("state"), ordering="stage")
    def stage(self, invitation: Invitation) -> str:
        """Return the stage; of an email that was refused with the server's answer."""
        is_refused = invitation.stage == Stage.FAILED and invitation.email_answer
        return f"{invitation.stage_label}: {invitation.email_answer}" if is_refused else invitation.stage_label

    @admin.display(description=_("sent"), ordering="sent_at")
    def sent_at(self, invitation: Invitation) -> dt.datetime | None:
        return invitation.sent_at

    @admin.display(description=_("reminded"), ordering="reminded_at")
    def reminded_at(self, invitation: Invitation) -> dt.datetime | None:
        return invitation.reminded_at

    def lock(self, objects: list[Invitation], cleaned: dict[str, Any]) -> None:
        """Lock the cities, in order of primary key, so that two bulk actions cannot deadlock."""
        lock_delegations(it.delegation for it in objects)

    def for_confirmation(self, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        return queryset.order_by("pk")

    def impact(self, action: BulkAction[Invitation], objects: list[Invitation]) -> str:
        if action.apply is not remind:
            return super().impact(action, objects)
        return emails_sentence(sum(not action.is_done(invitation) for invitation in objects))

    def describe(self, invitation: Invitation) -> str:
        return f"{invitation}, {invitation.delegation} ({self.stage(invitation)})"

    def describe_for(self, action: BulkAction[Invitation], invitation: Invitation) -> str:
        """Return the line about an invitation; before reminders also why its person gets none."""
        line = self.describe(invitation)
        reason = reason_against(invitation) if action.apply is remind else ""
        return gettext("%(line)s: no email. %(reason)s") % {"line": line, "reason": reason} if reason else line

    def current_state(self, invitation: Invitation) -> str:
        return self.stage(invitation).capitalize()
