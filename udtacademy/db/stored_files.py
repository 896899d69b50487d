"""Files in Django's storage that rows refer to."""

import logging
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.utils.deconstruct import deconstructible

logger = logging.getLogger(__name__)


@deconstructible(path="udtacademy.db.stored_files.PrivateStorage")
class PrivateStorage(FileSystemStorage):
    """Files in MEDIA_ROOT that nobody but the site's own user reads. They have no address: views send them after a check."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700} | options)

    def url(self, name: str | None) -> str:
        msg = f"{name} has no address of its own"
        raise NotImplementedError(msg)


def delete_stored(storage: Storage, name: str) -> None:
    """Delete a file, if it is still there. One that cannot be deleted is logged: what no row refers to is deleted by a task."""
    try:
        storage.delete(name)
    except Exception:
        logger.exception("The file %s could not be deleted", name)
