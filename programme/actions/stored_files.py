"""Files that people upload: taken by their content, stored with their row, and deleted with it (decisions 59, 69, 75)."""

import datetime as dt
import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy

from programme.errors import ProgrammeError
from programme.models.stored_file import StoredFile
from programme.rules.files import ANSWERS, LARGEST_FILE, LARGEST_PLAN_FILE, FileKind, Problem, clean_name, kind_of
from udtacademy.db.stored_files import delete_stored

logger = logging.getLogger(__name__)

UNUSED_FOR = dt.timedelta(days=1)  # then a stored file that no row refers to, as after a kill, is deleted
ACCEPTED = ",".join(suffix for kind in FileKind for suffix in kind.suffixes)
SENTENCES = {
    Problem.EMPTY: gettext_lazy("This file is empty. Choose another one."),
    Problem.TOO_LARGE: gettext_lazy("This file is larger than 5 MB. Choose a smaller one."),
    Problem.OTHER: gettext_lazy(
        "This is not a PDF, JPEG, PNG, DOCX or ODT file. Save it as one of these, and choose that."
    ),
    Problem.DAMAGED: gettext_lazy("This file is damaged. Save it again, and choose that."),
    Problem.MACROS: gettext_lazy(
        "This document has macros. Save it without them, for example as PDF, and choose that."
    ),
    Problem.LOCKED: gettext_lazy("This document has a password. Save it without one, and choose that."),
    Problem.UNPACKED: gettext_lazy("This document is too large once it is opened. Save it as PDF, and choose that."),
}
OF_ALL_KINDS = SENTENCES | {
    Problem.TOO_LARGE: gettext_lazy("This file is larger than 25 MB. Choose a smaller one."),
    Problem.OTHER: gettext_lazy(
        "This is not a PDF, DOCX, PPTX, ODT, ODP, ODS, JPEG or PNG file. Save it as one of these, and choose that."
    ),
}
NOT_STORED = gettext_lazy("The file could not be stored just now. Choose it again in some minutes.")


def checked_kind(
    content: bytes,
    *,
    kinds: Collection[FileKind] = ANSWERS,
    largest: int = LARGEST_FILE,
    sentences: Mapping[Problem, Any] = SENTENCES,
) -> FileKind:
    """Return what kind a file is by its content. Raises ProgrammeError for one that is not taken, with what to do."""
    kind = kind_of(content, kinds=kinds, largest=largest)
    if isinstance(kind, Problem):
        raise ProgrammeError(sentences[kind], code=kind.value)
    return kind


def kind_of_any(content: bytes) -> FileKind:
    """As `checked_kind`, of Action Plans and materials: all kinds of files, of up to 25 MB."""
    return checked_kind(content, kinds=tuple(FileKind), largest=LARGEST_PLAN_FILE, sentences=OF_ALL_KINDS)


def put_file(row: StoredFile, content: bytes, name: str, kind: FileKind, *, sentence: Any = NOT_STORED) -> None:
    """Store a file, and write into its row what it is called. Saves no row. Raises ProgrammeError if it cannot be stored."""
    row.kind, row.size, row.name = kind.key, len(content), clean_name(name, kind)
    try:
        row.file.save(row.name, ContentFile(content), save=False)
    except OSError as error:
        logger.exception("A file could not be stored")
        raise ProgrammeError(sentence, code="file_not_stored") from error


def discard_file(row: StoredFile) -> None:
    """Delete the stored file of a row that was not saved."""
    delete_stored(row.file.storage, str(row.file.name))


def known_files(model: type[StoredFile]) -> set[str]:
    """Return the names of stored files that rows of a model refer to."""
    rows: Any = model._default_manager
    return set(rows.values_list("file", flat=True))


def delete_lost_files(folder: str, known: Collection[str]) -> int:
    """Delete what the storage has in a folder that no row refers to (`known_files`). Return how many. Idempotent."""
    lost = list(stored_without_row(default_storage, folder, known, timezone.now() - UNUSED_FOR))
    for name in lost:
        delete_stored(default_storage, name)
    return len(lost)


def stored_without_row(storage: Storage, folder: str, known: Collection[str], before: dt.datetime) -> Iterator[str]:
    """Yield the names of stored files from before a moment that no row refers to. `known`: the names that rows refer to."""
    try:
        _folders, stored = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in (f"{folder}/{it}" for it in stored):
        if name not in known and storage.get_modified_time(name) < before:
            yield name
