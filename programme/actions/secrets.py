"""Encrypting what lies in the database in the clear, or under a key of before. A task does it every hour.

The task finds what code from before wrote while the site was upgraded, and what a change of SECRET_KEY leaves to do. Each
value is replaced only where it is still the one that was read, so nobody is locked out meanwhile and nothing is overwritten.
"""

from allauth.mfa.models import Authenticator

from programme import second_factors
from programme.models import Participant
from udtacademy.db import encrypted_fields as encrypted
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.encryption import decrypt_text, text_brought_up_to_date
from udtacademy.outbox.secrets import encrypt_messages

CHUNK = 500


def encrypt_secrets() -> int:
    """Bring all secrets up to date; how many values that changed. What cannot be read stays as it is."""
    return encrypt_calendar_tokens() + encrypt_messages() + encrypt_second_factors()


def encrypt_calendar_tokens() -> int:
    rows = Participant.objects.order_by().values_list("pk", "calendar_token").iterator(chunk_size=CHUNK)
    return sum(encrypt_calendar_token(pk, token) for pk, token in rows)


def encrypt_calendar_token(pk: int, token: str) -> int:
    now = text_brought_up_to_date(token, encrypted.PURPOSE)
    if now == token:
        return 0
    found_by = hash_of(decrypt_text(now, encrypted.PURPOSE))
    own = Participant.objects.filter(pk=pk, calendar_token=token)
    return int(own.update(calendar_token=now, calendar_hash=found_by))


def encrypt_second_factors() -> int:
    """Secrets of authenticator apps and seeds of recovery codes; a passkey's row holds only its public key."""
    rows = Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).order_by().values_list("pk", "data")
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
            changed += Authenticator.objects.filter(pk=pk, data=data).update(data=now)
    return changed
