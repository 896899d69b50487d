"""Bringing up to date what is encrypted in the database: every hour, by a task.

It finds what code of the release before wrote while the site was upgraded, and what a change of SECRET_KEY leaves to do. Each
value is replaced only where it is still the one that was read, so nobody is locked out meanwhile and nothing is overwritten.
"""

from collections.abc import Callable

# From each application: encrypts its values that are in the clear, or under an older key, and returns how many those were.
SECRETS: list[Callable[[], int]] = []


def encrypt_secrets() -> int:
    """Bring all secrets up to date. Return how many values changed. A value that cannot be read stays as it is."""
    return sum(encrypt() for encrypt in SECRETS)
