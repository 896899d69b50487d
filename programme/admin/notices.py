"""The record of notices of changes."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from programme.admin.of_edition import OfEditionAdmin
from programme.models import Notice


@admin.register(Notice)
class NoticeAdmin(OfEditionAdmin[Notice]):
    """The record of notices. They are sent or discarded on the notice page of their edition."""

    list_display = ["edition", "opened_at", "state", "people", "due_at", "settled_at", "by"]
    list_filter = ["edition", "state"]
    readonly_fields = [
        "edition",
        "state",
        "note",
        "opened_at",
        "due_at",
        "settled_at",
        "by",
        "list_of_changes",
        "people",
    ]
    fields = (*readonly_fields,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    @admin.display(description=_("people"), ordering="n_people")
    def people(self, notice: Notice) -> int | None:
        """Return how many people were emailed; None while the notice is open."""
        return None if notice.state == Notice.State.OPEN else notice.n_people

    @admin.display(description=_("changes"))
    def list_of_changes(self, notice: Notice) -> str:
        items = format_html_join("", "<li>{}</li>", ((change,) for change in notice.changes))
        return format_html("<ul>{}</ul>", items) if notice.changes else "–"
