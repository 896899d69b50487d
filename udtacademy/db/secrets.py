"""Encrypt the secrets in the database with the present SECRET_KEY: every hour, by a task.

It finds values written by the previous release during an upgrade, and those encrypted before SECRET_KEY was changed. A value
is replaced only if it is still the one that was read, so that nothing newer is overwritten.
"""

from collections.abc import Callable

# Added by apps: encrypt their values that are unencrypted or use an older key, and return how many changed.
SECRETS: list[Callable[[], int]] = []


def encrypt_secrets() -> int:
    """Encrypt all secrets with the present key. Return how many values changed. Unreadable values stay unchanged."""
    return sum(encrypt() for encrypt in SECRETS)
