"""Encrypt the content of messages that is unencrypted, or encrypted with an older SECRET_KEY."""

from udtacademy.db import encrypted_fields as encrypted
from udtacademy.db.encryption import brought_up_to_date, text_brought_up_to_date
from udtacademy.outbox.models import Message

CHUNK = 500


def encrypt_messages() -> int:
    """Encrypt queued sensitive messages; other messages contain no secrets. Return how many changed."""
    waiting = Message.objects.filter(is_sensitive=True, state="queued").order_by()
    changed = 0
    rows = waiting.values_list("pk", "text", "content", "unsubscribe_url").iterator(chunk_size=CHUNK)
    for pk, text, stored, url in rows:
        content = bytes(stored)
        now = {
            "text": text and text_brought_up_to_date(text, encrypted.PURPOSE),
            "content": content and brought_up_to_date(content, encrypted.PURPOSE),
            "unsubscribe_url": url and text_brought_up_to_date(url, encrypted.PURPOSE),
        }
        if [*now.values()] != [text, content, url]:
            changed += waiting.filter(pk=pk, text=text, content=content).update(**now)
    return changed
