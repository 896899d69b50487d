"""Django's `cached_db` sessions, so that a copy of the database or of Redis lets nobody in.

A row, and its copy in the cache, is named by a hash of the key that the cookie holds, and its content is encrypted. The
database is the truth; the cache spares each page a query, and is done without where it is away.
"""

import hashlib
from contextlib import suppress
from typing import Any

import redis
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import cached_db, db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.serializers import JSONSerializer
from django.core.cache.backends.redis import RedisCache
from django.db import models
from django.utils import timezone

from udtacademy.db.encryption import UnreadableError, decrypt, encrypt, is_encrypted

PURPOSE = "sessions"
LONGEST_IN_CACHE = 300  # seconds; so long may a session be followed that was ended while the cache was away


class SessionName(str):
    """The name of a session's row: the hash of its key, and of no use as a cookie. Equal to a key that it is the name of."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, name_of(other)) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def name_of(key: str) -> SessionName:
    """What the session of that key is called in the database: 40 hexadecimal digits."""
    if isinstance(key, SessionName):
        return key
    return SessionName(hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=20).hexdigest())


def sealed(content: dict[str, Any]) -> bytes:
    """Return the content of a session, encrypted."""
    return encrypt(JSONSerializer().dumps(content), PURPOSE)


def unsealed(written: bytes) -> dict[str, Any]:
    """Return what `sealed` was given; empty where it cannot be read: whoever it belongs to signs in again."""
    try:
        return dict(JSONSerializer().loads(decrypt(written, PURPOSE))) if is_encrypted(written) else {}
    except UnreadableError:
        return {}


class SessionCache(RedisCache):
    """Redis for a while, encrypted; nothing where it is away, since the database has each session."""

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
    """`session_key` is what the cookie holds; only its hash reaches the database and the cache."""

    @property
    def cache_key(self) -> str:
        return f"{self.cache_key_prefix}{name_of(self._get_or_create_session_key())}"  # type: ignore[attr-defined]

    def exists(self, session_key: str) -> bool:
        return db.SessionStore.exists(self, str(name_of(session_key)))  # the cache does not know all

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = str(name_of(row.session_key))
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(str(name_of(key)))

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
    """Holds the names of sessions, also where keys are given to it."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else str(name_of(value))

    def from_db_value(self, value: str | None, *_: Any) -> SessionName | None:
        return value if value is None else SessionName(value)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs  # for the database nothing has changed


def name_sign_ins() -> None:
    """Let allauth's list of sign-ins hold the names of sessions instead of their keys; it has no setting for that."""
    UserSession._meta.get_field("session_key").__class__ = SessionNameField
