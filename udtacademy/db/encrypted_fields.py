"""Fields whose values are encrypted in the database and decrypted when read from the object."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from udtacademy.db.encryption import decrypt, decrypt_text, encrypt, encrypt_text, is_encrypted

PURPOSE = "fields"


def hash_of(token: str) -> str:
    """Return the hash by which a secret link is found. Unsalted, as tokens are random and long."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class EncryptedAttribute(DeferredAttribute):
    """Decrypts when read, so that rows with unreadable values can be used without these."""

    field: Any

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return value if instance is None else self.field.decrypted(value)

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedField(models.Field[Any, Any]):
    """A field encrypted in the database. `only_if`: the name of a boolean field; encrypt only if it is true.

    Reading raises UnreadableError if SECRET_KEY was changed. Only `save` and `bulk_create` encrypt: `values()`, `update()`,
    `bulk_update()` and serializers read and write the value as it is in the database.
    """

    descriptor_class = EncryptedAttribute

    def __init__(self, *args: Any, only_if: str = "", **kwargs: Any) -> None:
        self.only_if = only_if
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"only_if": self.only_if} if self.only_if else {})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001 - Django's
        return self.value_from_object(model_instance)

    def value_from_object(self, obj: models.Model) -> Any:
        """Return the value as it is, or will be, in the database."""
        value = obj.__dict__[self.attname] if self.attname in obj.__dict__ else getattr(obj, self.attname)
        must_encrypt = not self.only_if or getattr(obj, self.only_if)
        return self.encrypted(value) if must_encrypt and value and not is_encrypted(value) else value

    def encrypted(self, value: Any) -> Any:
        return encrypt_text(value, PURPOSE)

    def decrypted(self, value: Any) -> Any:
        return decrypt_text(value, PURPOSE) if value else value


class EncryptedTextField(EncryptedField, models.TextField[str, str]):
    pass


class EncryptedCharField(EncryptedField, models.CharField[str, str]):
    """`max_length` is that of the encrypted value: 90 characters plus 4/3 of the text."""


class EncryptedBinaryField(EncryptedField, models.BinaryField[bytes, bytes]):
    def from_db_value(self, value: memoryview | None, *_: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def encrypted(self, value: bytes) -> bytes:
        return encrypt(bytes(value), PURPOSE)

    def decrypted(self, value: bytes) -> bytes:
        return decrypt(bytes(value), PURPOSE) if value else value


class EncryptingModel(models.Model):
    """A model with encrypted fields."""

    class Meta:
        abstract = True

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Refresh as Django does, but defer encrypted fields, as reading them may fail."""
        if fields is not None or from_queryset is not None:
            return super().refresh_from_db(using, fields, from_queryset)
        names = [it.attname for it in self._meta.concrete_fields if isinstance(it, EncryptedField)]
        rows = type(self)._base_manager.db_manager(using, hints={"instance": self})  # noqa: SLF001 - as Django does
        super().refresh_from_db(using, None, rows.defer(*names))
        for name in names:
            self.__dict__.pop(name, None)
        return None


class HashField(models.CharField[Any, Any]):
    """The hash of the field `of` of the same row, to find the row by. Updated when the row is saved."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002, FBT001 - Django's
        value = model_instance.__dict__.get(self.of)
        if value and not is_encrypted(value):
            setattr(model_instance, self.attname, hash_of(value))
        return getattr(model_instance, self.attname)
