"""Files in a bucket of S3, or of a service that answers as it does, through django-storages (decision 78)."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.deconstruct import deconstructible
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3File, S3Storage
from storages.utils import clean_name

from udtacademy.file_storage import ATTEMPTS, NO_ANSWER

LOST = frozenset({"404", "NoSuchKey"})  # there is no such file; a HEAD's answer has no words


class PrivateS3File(S3File):  # type: ignore[misc]
    """A file of a bucket. It is fetched when it is first read: an OSError then too, after which it can be tried again."""

    _file: Any

    def _get_file(self) -> Any:
        was_fetched = self._file is not None
        try:
            with as_os_error():
                return super()._get_file()
        except OSError:
            if not was_fetched:
                self._file.close()
                self._file = None  # or the next reading would find it empty
            raise

    def _set_file(self, value: Any) -> None:
        self._file = value

    file = property(_get_file, _set_file)


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
            file: File[bytes] = PrivateS3File(self._normalize_name(clean_name(name)), mode, self)
            return file

    def delete(self, name: str) -> None:
        with as_os_error():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with as_os_error():
            is_there: bool = super().exists(name)
            return is_there

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with as_os_error():
            folders, files = super().listdir(name)
            return folders, files

    def size(self, name: str) -> int:
        with as_os_error():
            size: int = super().size(name)
            return size

    def get_modified_time(self, name: str) -> dt.datetime:
        with as_os_error():
            at: dt.datetime = super().get_modified_time(name)
            return at


@contextmanager
def as_os_error() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        is_lost = error.response.get("Error", {}).get("Code") in LOST
        raise (FileNotFoundError if is_lost else OSError)(str(error)) from error
    except (BotoCoreError, Boto3Error, RetriesExceededError) as error:
        raise OSError(str(error)) from error
