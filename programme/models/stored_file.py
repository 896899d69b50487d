"""What rows with a file that people uploaded have in common: answers, Action Plans and materials (decisions 59, 69, 75)."""

from typing import Any

from django.db import models, transaction

from programme.rules.files import KINDS
from udtacademy.db.stored_files import delete_stored


class StoredFile(models.Model):
    """A row that holds what a file is called and of which kind it is; the file is in the storage. `file` is empty where there is none.

    A model of it connects `delete_with_row` to `post_delete`.
    """

    file: Any
    name: Any
    kind: Any
    size: Any

    class Meta:
        abstract = True

    @property
    def content_type(self) -> str:
        return KINDS[self.kind].content_type


def delete_with_row(instance: StoredFile) -> None:
    """Delete the file of a row that was deleted, once the transaction is committed."""
    name, storage = instance.file.name, instance.file.storage
    if name:
        transaction.on_commit(lambda: delete_stored(storage, name))
