"""All Action Plans of an edition as one ZIP file, sent while it is made: a folder for each city."""

import zipfile
from collections.abc import Iterator

from django.utils.text import get_valid_filename, slugify

from programme.models import ActionPlanPart, Edition
from programme.queries.city_plans import files_for_zip
from programme.rules.plain_words import plain

CHUNK = 2**16  # bytes


class Sink:
    """What the ZIP file is written to, and taken from piece by piece. It cannot be wound back, so sizes follow the files."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, content: bytes, /) -> int:
        self.pieces.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing, as `close`: all is there."""

    close = flush

    def taken(self) -> bytes:
        content, self.pieces = b"".join(self.pieces), []
        return content


def plans_as_zip(edition: Edition) -> Iterator[bytes]:
    """Yield the bytes of the file. A file that the storage has lost is left out, and named in MISSING.txt."""
    sink, missing = Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, texts, files in files_for_zip(edition):
            folder = folder_of(part)
            for ending, text in texts.items():
                archive.writestr(f"{folder}/{part.step.slug}{ending}.md", text)
            yield sink.taken()
            for number, file in enumerate(files, start=1):
                name = f"{folder}/{part.step.slug}-{number}-{get_valid_filename(file.name)}"
                try:
                    stored = file.file.open("rb")
                except OSError:
                    missing.append(name)
                    continue
                with stored, archive.open(name, "w", force_zip64=True) as entry:
                    for chunk in stored.chunks(CHUNK):
                        entry.write(chunk)
                        yield sink.taken()
        if missing:
            archive.writestr("MISSING.txt", "\n".join(missing))
    yield sink.taken()


def folder_of(part: ActionPlanPart) -> str:
    """Return a city's folder, in plain letters; its number keeps two cities of one name apart."""
    delegation = part.plan.delegation
    return f"{slugify(plain(delegation.city.name)) or 'city'}-{delegation.pk}"
