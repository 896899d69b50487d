"""The outbox by edition."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programme.admin.of_edition import OfEditionAdmin
from udtacademy.outbox.admin import MessageAdmin
from udtacademy.outbox.models import Message

admin.site.unregister(Message)


@admin.register(Message)
class EditionMessageAdmin(OfEditionAdmin[Message], MessageAdmin):
    """Messages, whose edition is their context; some, such as sign-in codes, have none."""

    edition_path = "context"

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Offer only superusers to filter by edition: it has all of them."""
        filters = super().get_list_filter(request)
        return filters if request.user.is_superuser else [it for it in filters if it != "context"]

    has_rows_of_none = True
