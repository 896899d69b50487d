"""Encrypting what messages hold in the clear, or under an older SECRET_KEY."""

from udtacademy.db import encrypted_fields as encrypted
from udtacademy.db.encryption import brought_up_to_date, text_brought_up_to_date
from udtacademy.outbox.models import Message

CHUNK = 500


def encrypt_messages() -> int:
    """Those that are still to be sent: of the others no secret is kept."""
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
