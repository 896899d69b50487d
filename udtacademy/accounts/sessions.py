"""Django's `cached_db` sessions, hashed and encrypted, so that nobody can sign in with a copy of the database or of Redis.

A row, and its copy in the cache, is stored under a hash of the key in the cookie, and its content is encrypted. The database
is the truth; the cache saves a query a page, and sessions work without it.
"""

import hashlib
from contextlib import suppress
from typing import Any

import redis
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import cached_db, db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.serializers import JSONSerializer
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from udtacademy.db.encryption import UnreadableError, decrypt, encrypt, is_encrypted
from udtacademy.redis_cache import RedisCache

PURPOSE = "sessions"
LONGEST_IN_CACHE = 300  # seconds that a session works after it was ended while the cache was unreachable


class SessionName(str):
    """The name of a session's row: the hash of its key, useless as a cookie. Equal to the key it is the hash of."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, name_of(other)) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def name_of(key: str) -> SessionName:
    """Return the name of a session's row by its key: 40 hexadecimal digits."""
    if isinstance(key, SessionName):
        return key
    return SessionName(hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=20).hexdigest())


def sealed(content: dict[str, Any]) -> bytes:
    """Encrypt the content of a session."""
    return encrypt(JSONSerializer().dumps(content), PURPOSE)


def unsealed(written: bytes) -> dict[str, Any]:
    """Decrypt the content of a session; empty if unreadable, so that its user has to sign in again."""
    try:
        return dict(JSONSerializer().loads(decrypt(written, PURPOSE))) if is_encrypted(written) else {}
    except UnreadableError:
        return {}


class SessionCache(RedisCache):
    """Encrypted sessions in Redis, for LONGEST_IN_CACHE; empty while Redis is unreachable, as the database has each session."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        written = None
        with suppress(redis.RedisError):
            written = super().get(key, version=version)
        return default if written is None else unsealed(written) or default

    def set(self, key: str, value: Any, timeout: Any = LONGEST_IN_CACHE, version: int | None = None) -> None:
        with suppress(redis.RedisError):
            super().set(key, sealed(value), min(timeout, LONGEST_IN_CACHE), version)

    def delete(self, key: str, version: int | None = None) -> bool:
        with suppress(redis.RedisError):
            return super().delete(key, version)
        return False


class SessionStore(cached_db.SessionStore):
    """Sessions whose `session_key`, as in the cookie, reaches the database and the cache only as a hash."""

    @property
    def cache_key(self) -> str:
        return f"{self.cache_key_prefix}{name_of(self._get_or_create_session_key())}"  # type: ignore[attr-defined]

    def exists(self, session_key: str) -> bool:
        return db.SessionStore.exists(self, str(name_of(session_key)))  # the cache does not know all

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = str(name_of(row.session_key))
        return row

    def _get_new_session_key(self) -> str:
        """Return a random key without asking whether it exists, as Django does: if it did, `create` would try another."""
        return get_random_string(32, VALID_KEY_CHARS)

    def delete(self, session_key: str | None = None) -> None:
        """Delete the row and its copy in the cache. One statement: Django reads the row first."""
        if key := session_key or self.session_key:
            name = str(name_of(key))
            self.model.objects.filter(session_key=name).delete()
            self._cache.delete(f"{self.cache_key_prefix}{name}")  # type: ignore[attr-defined]

    def cycle_key(self) -> None:
        """Go on under a new key. One statement if there is a row: Django writes a new one and deletes the old one."""
        if before := self.session_key:
            content, key = self._session, self._get_new_session_key()  # type: ignore[attr-defined]
            if self.model.objects.filter(session_key=str(name_of(before))).update(session_key=str(name_of(key))):
                self._cache.delete(f"{self.cache_key_prefix}{name_of(before)}")  # type: ignore[attr-defined]
                self._session_key, self._session_cache, self.modified = key, content, True
                return
        super().cycle_key()

    def encode(self, session_dict: dict[str, Any]) -> str:
        return sealed(session_dict).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        return unsealed(session_data if isinstance(session_data, bytes) else session_data.encode())

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        name = str(name_of(self.session_key or ""))
        row: AbstractBaseSession | None = self.model.objects.filter(
            session_key=name, expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
        return row


class SessionNameField(models.CharField[str, str]):
    """Stores names of sessions; keys are hashed."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else str(name_of(value))

    def from_db_value(self, value: str | None, *_: Any) -> SessionName | None:
        return value if value is None else SessionName(value)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # the same in the database


def name_sign_ins() -> None:
    """Store names of sessions instead of keys in allauth's list of sign-ins. allauth has no setting for it."""
    UserSession._meta.get_field("session_key").__class__ = SessionNameField
