"""The outbox by edition."""

from django.contrib import admin

from programme.admin.of_edition import OfEditionAdmin
from udtacademy.outbox.admin import KindFilter, MessageAdmin
from udtacademy.outbox.models import Message

admin.site.unregister(Message)


@admin.register(Message)
class EditionMessageAdmin(OfEditionAdmin[Message], MessageAdmin):
    """Messages, whose edition is their context; some, such as sign-in codes, have none."""

    edition_path = "context"
    has_rows_of_none = True
    list_filter = ["state", ("kind", KindFilter), ("context", admin.RelatedOnlyFieldListFilter), "created_at"]
