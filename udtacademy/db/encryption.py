"""Encryption of secrets in the database: whoever has a copy of it, and not SECRET_KEY, cannot read them.

Fernet (AES-128-CBC and HMAC-SHA256), its key derived from SECRET_KEY by HKDF, another one for each purpose. What was
encrypted by a key in SECRET_KEY_FALLBACKS can still be read; docs/decisions/0020 says how a key is changed.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PREFIX = "encrypted:"  # tells what is encrypted from what was written before there was encryption


class UnreadableError(Exception):
    """It was encrypted by a key that is neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS, or is damaged."""

    silent_variable_failure = True  # a template shows nothing instead of failing


def encrypt(value: bytes, purpose: str) -> bytes:
    return PREFIX.encode() + _fernet(purpose).encrypt(value)


def decrypt(value: bytes, purpose: str) -> bytes:
    """What was encrypted for the purpose; what never was comes back as it is. Raises UnreadableError."""
    if not is_encrypted(value):
        return value
    try:
        return _fernet(purpose).decrypt(value.removeprefix(PREFIX.encode()))
    except InvalidToken as error:
        raise UnreadableError("It was encrypted with a key that this site does not have (SECRET_KEY).") from error


def encrypt_text(text: str, purpose: str) -> str:
    return encrypt(text.encode(), purpose).decode()


def decrypt_text(text: str, purpose: str) -> str:
    """As `decrypt`."""
    return decrypt(text.encode(), purpose).decode() if is_encrypted(text) else text


def is_encrypted(value: str | bytes) -> bool:
    return value.startswith(PREFIX) if isinstance(value, str) else value.startswith(PREFIX.encode())


def brought_up_to_date(value: bytes, purpose: str) -> bytes:
    """The value, encrypted by SECRET_KEY: also what was not encrypted yet, or by an older key.

    What SECRET_KEY has encrypted comes back as it is, and so does what cannot be read.
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
