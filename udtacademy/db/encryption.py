"""Encrypt secrets in the database, so that a copy of it is unreadable without SECRET_KEY.

Fernet (AES-128-CBC and HMAC-SHA256), with a key for each purpose derived from SECRET_KEY by HKDF. Values encrypted with a key
in SECRET_KEY_FALLBACKS can still be read. How to change the key: docs/decisions/0020.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PREFIX = "encrypted:"  # distinguishes encrypted values from older unencrypted ones


class UnreadableError(Exception):
    """The value is damaged, or encrypted with a key that is neither SECRET_KEY nor in SECRET_KEY_FALLBACKS."""

    silent_variable_failure = True  # templates show nothing instead of failing


def encrypt(value: bytes, purpose: str) -> bytes:
    return PREFIX.encode() + _fernet(purpose).encrypt(value)


def decrypt(value: bytes, purpose: str) -> bytes:
    """Decrypt a value encrypted for this purpose. Return unencrypted values unchanged. Raises UnreadableError."""
    if not is_encrypted(value):
        return value
    try:
        return _fernet(purpose).decrypt(value.removeprefix(PREFIX.encode()))
    except InvalidToken as error:
        raise UnreadableError("It is encrypted with a SECRET_KEY that this site does not have.") from error


def encrypt_text(text: str, purpose: str) -> str:
    return encrypt(text.encode(), purpose).decode()


def decrypt_text(text: str, purpose: str) -> str:
    """Decrypt a text like `decrypt`."""
    return decrypt(text.encode(), purpose).decode() if is_encrypted(text) else text


def is_encrypted(value: str | bytes) -> bool:
    return value.startswith(PREFIX) if isinstance(value, str) else value.startswith(PREFIX.encode())


def brought_up_to_date(value: bytes, purpose: str) -> bytes:
    """Encrypt a value with SECRET_KEY if it is unencrypted, or encrypted with an older key.

    Values encrypted with SECRET_KEY, and unreadable ones, are returned unchanged.
    """
    if is_encrypted(value) and _is_by_newest_key(value, purpose):
        return value
    try:
        return encrypt(decrypt(value, purpose), purpose)
    except UnreadableError:
        return value


def text_brought_up_to_date(text: str, purpose: str) -> str:
    return brought_up_to_date(text.encode(), purpose).decode()


def _is_by_newest_key(value: bytes, purpose: str) -> bool:
    try:
        _fernet_of(settings.SECRET_KEY, purpose).decrypt(value.removeprefix(PREFIX.encode()))
    except InvalidToken:
        return False
    return True


def _fernet(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([_fernet_of(key, purpose) for key in keys])


@lru_cache(maxsize=100)
def _fernet_of(key: str | bytes, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"udtacademy:{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(key))))
