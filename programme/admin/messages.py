from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from programme.admin.queries import CalmAdmin
from programme.models import Message


@admin.register(Message)
class MessageAdmin(CalmAdmin[Message]):
    """What was written to whom, and whether it went. Nobody edits it; codes and personal links are not shown."""

    list_display = ["__str__", "to", "kind", "state", "n_attempts", "created_at", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["to"]
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> list[Any]:
        hidden = {"id", "text", "subject"} if obj and obj.is_sensitive else {"id"}
        shown = [field.name for field in self.opts.fields if field.name not in hidden]
        return ["hidden", *shown] if obj and obj.is_sensitive else shown

    @admin.display(description=_("text"))
    def hidden(self, _message: Message) -> str:
        return str(_("A code or a personal link: not shown to anybody else."))

    def get_readonly_fields(self, request: HttpRequest, obj: Message | None = None) -> list[str]:
        return ["hidden", *(field.name for field in self.opts.fields)]
