"""Encrypt the secrets of second factors that are unencrypted, or encrypted with an older SECRET_KEY."""

from allauth.mfa.models import Authenticator

from udtacademy.accounts import second_factors
from udtacademy.db.encryption import text_brought_up_to_date

CHUNK = 500


def encrypt_second_factors() -> int:
    """Encrypt secrets of authenticator apps and seeds of recovery codes. Return how many rows changed.

    A passkey's row holds only its public key.
    """
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
                text_brought_up_to_date(code, second_factors.PURPOSE) for code in data["migrated_codes"]
            ]
        if now != data:
            changed += Authenticator.objects.filter(pk=pk, data=data).update(data=now)
    return changed
