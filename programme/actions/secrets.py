"""Encrypting what lies in the database in the clear, or under a key of before. Done by migration 0020, and by a task every hour.

The task finds what code from before wrote while the site was upgraded, and what a change of SECRET_KEY leaves to do. Each
value is replaced only where it is still the one that was read, so nobody is locked out meanwhile and nothing is overwritten.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Model

from programme import second_factors
from programme.models import encrypted
from programme.models.encrypted import hash_of
from udtacademy.db.encryption import brought_up_to_date, decrypt_text, text_brought_up_to_date

CHUNK = 500
GetModel = Callable[[str, str], type[Model]]


def encrypt_secrets(get_model: GetModel = apps.get_model) -> int:
    """Bring all secrets up to date; how many values that changed. What cannot be read stays as it is."""
    return (
        encrypt_calendar_tokens(get_model("programme", "Participant"))
        + encrypt_messages(get_model("programme", "Message"))
        + encrypt_second_factors(get_model("mfa", "Authenticator"))
    )


def encrypt_calendar_tokens(participants: Any) -> int:
    rows = participants.objects.order_by().values_list("pk", "calendar_token").iterator(chunk_size=CHUNK)
    return sum(encrypt_calendar_token(participants, pk, token) for pk, token in rows)


def encrypt_calendar_token(participants: Any, pk: int, token: str) -> int:
    now = text_brought_up_to_date(token, encrypted.PURPOSE)
    if now == token:
        return 0
    found_by = hash_of(decrypt_text(now, encrypted.PURPOSE))
    own = participants.objects.filter(pk=pk, calendar_token=token)
    return int(own.update(calendar_token=now, calendar_hash=found_by))


def encrypt_messages(messages: Any) -> int:
    """Those that are still to be sent: of the others no secret is kept."""
    waiting = messages.objects.filter(is_sensitive=True, state="queued").order_by()
    changed = 0
    for pk, *written in waiting.values_list("pk", "text", "content", "unsubscribe_url").iterator(chunk_size=CHUNK):
        text, content, url = written[0], bytes(written[1]), written[2]
        now = {
            "text": text and text_brought_up_to_date(text, encrypted.PURPOSE),
            "content": content and brought_up_to_date(content, encrypted.PURPOSE),
            "unsubscribe_url": url and text_brought_up_to_date(url, encrypted.PURPOSE),
        }
        if [*now.values()] != [text, content, url]:
            changed += waiting.filter(pk=pk, text=text, content=content).update(**now)
    return changed


def encrypt_second_factors(factors: Any) -> int:
    """Secrets of authenticator apps and seeds of recovery codes; a passkey's row holds only its public key."""
    rows = factors.objects.filter(type__in=["totp", "recovery_codes"]).order_by().values_list("pk", "data")
    changed = 0
    for pk, data in rows.iterator(chunk_size=CHUNK):
        now = data | {
            name: text_brought_up_to_date(data[name], second_factors.PURPOSE)
            for name in ("secret", "seed")
            if name in data
        }
        if "migrated_codes" in data:
            now["migrated_codes"] = [
                text_brought_up_to_date(it, second_factors.PURPOSE) for it in data["migrated_codes"]
            ]
        if now != data:
            changed += factors.objects.filter(pk=pk, data=data).update(data=now)
    return changed
