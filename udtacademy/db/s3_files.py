"""Files in a bucket of S3, or of a service that answers as it does, through django-storages (decision 78)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from storages.backends.s3 import S3Storage

from udtacademy.file_storage import ATTEMPTS, NO_ANSWER


@deconstructible(path="udtacademy.db.s3_files.PrivateS3Storage")
class PrivateS3Storage(S3Storage):  # type: ignore[misc]
    """Files that nobody reads but through the site: without an address, and never in place of another one.

    What the service refuses or does not answer is an OSError, as of a disk.
    """

    def __init__(self, **options: Any) -> None:
        limits = Config(
            connect_timeout=NO_ANSWER,
            read_timeout=NO_ANSWER,
            retries={"total_max_attempts": ATTEMPTS},
            signature_version="s3v4",
        )
        super().__init__(**{"default_acl": None, "file_overwrite": False, "client_config": limits} | options)

    def url(self, name: str | None, *_more: Any, **_options: Any) -> str:
        msg = f"{name} has no address of its own"
        raise NotImplementedError(msg)

    def _save(self, name: str, content: File[bytes]) -> str:
        with as_os_error():
            saved: str = super()._save(name, content)
            return saved

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with as_os_error():
            file: File[bytes] = super()._open(name, mode)
            return file

    def exists(self, name: str) -> bool:
        with as_os_error():
            is_there: bool = super().exists(name)
            return is_there


@contextmanager
def as_os_error() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error
