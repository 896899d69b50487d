"""Encrypt under the present key what platforms sent, and people's own links, if an older SECRET_KEY encrypted them."""

from attendance.models import PlatformEvent, WayIn
from udtacademy.db import encrypted_fields as encrypted
from udtacademy.db.encryption import text_brought_up_to_date

CHUNK = 500


def encrypt_events() -> int:
    """Encrypt the texts of events under the present key. Return how many changed."""
    return encrypt_column(PlatformEvent, "payload")


def encrypt_ways_in() -> int:
    """Encrypt people's own links under the present key. Return how many changed."""
    return encrypt_column(WayIn, "url")


def encrypt_column(model: type[PlatformEvent] | type[WayIn], column: str) -> int:
    rows = model.objects.order_by().exclude(**{column: ""}).values_list("pk", column)
    n = 0
    for pk, text in rows.iterator(chunk_size=CHUNK):
        now = text_brought_up_to_date(text, encrypted.PURPOSE)
        if now != text:
            n += model.objects.filter(**{"pk": pk, column: text}).update(**{column: now})
    return n
