"""Django's sessions in the database, so that a copy of it lets nobody in.

A row is named by a hash of the key that the cookie holds, and its content is encrypted. Each page of somebody signed in
asks for one: the question is put into words once.
"""

import hashlib
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection, models
from django.utils import timezone

from udtacademy.db.encryption import UnreadableError, decrypt, encrypt, is_encrypted

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
PURPOSE = "sessions"


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


class SessionStore(db.SessionStore):
    """`session_key` is what the cookie holds; only its hash reaches the database."""

    def load(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(SESSION, [str(name_of(self.session_key or "")), timezone.now()])
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found[0])

    def exists(self, session_key: str) -> bool:
        return super().exists(str(name_of(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = str(name_of(row.session_key))
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            super().delete(str(name_of(key)))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(self.serializer().dumps(session_dict), PURPOSE).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Empty where it cannot be read: whoever it belongs to signs in again."""
        written = session_data if isinstance(session_data, bytes) else session_data.encode()
        try:
            return dict(self.serializer().loads(decrypt(written, PURPOSE))) if is_encrypted(written) else {}
        except UnreadableError:
            return {}


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
