"""One style sheet for each folder of static/css: its files one below the other, by name, so that a page asks once."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage

FOLDERS = settings.BASE_DIR / "static" / "css"
COMMENTS = re.compile(rb"/\*.*?\*/", re.DOTALL)
SPACE, LINES = re.compile(rb"\s*([{};])\s*"), re.compile(rb"\s*\n\s*")
JOINED = settings.BASE_DIR / "var" / "styles"  # used only where DEBUG is on, which serves files without collecting them


def style_sheets() -> list[str]:
    """Return the paths of all joined style sheets, such as css/site.css."""
    return [f"css/{folder.name}.css" for folder in sorted(FOLDERS.iterdir()) if folder.is_dir()]


def style_sheet(path: str) -> bytes:
    """Return the content of one of `style_sheets()`, without comments, indentation and line ends: a sixth of it, compressed."""
    folder = FOLDERS / path.removeprefix("css/").removesuffix(".css")
    whole = b"\n".join(part.read_bytes() for part in sorted(folder.glob("*.css")))
    return LINES.sub(b" ", SPACE.sub(rb"\1", COMMENTS.sub(b"", whole)))


class StyleSheetFinder(BaseFinder):
    def check(self, **_options: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **_options: object) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Return where the file is, as it is joined now, or an empty list where it is none of these; a list if `find_all`."""
        if path not in style_sheets():
            return []
        file, content = JOINED / path, style_sheet(path)
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
                written.write(content)
            os.replace(written.name, file)  # noqa: PTH105 - at once, for whoever reads it meanwhile
        return [str(file)] if find_all else str(file)

    def list(self, _ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, InMemoryStorage]]:
        storage = InMemoryStorage()
        for path in style_sheets():
            storage.save(path, ContentFile(style_sheet(path)))
            yield path, storage
