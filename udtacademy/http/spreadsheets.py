"""Spreadsheets as downloads, sent while they are made."""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import chain

from django.http import HttpRequest, StreamingHttpResponse
from django.urls import register_converter
from django.utils import timezone
from django.utils.http import content_disposition_header

from udtacademy.tables.writing import Row, as_csv, as_xlsx

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExtensionConverter:
    """The extension of a spreadsheet, in URLs."""

    regex = "|".join(CONTENT_TYPES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ExtensionConverter, "spreadsheet")


def parts_of(rows: Iterable[Row], extension: str, *, title: str) -> Iterator[bytes]:
    """Yield rows as a file of this kind. `title`: the name of a workbook's sheet."""
    return as_xlsx(rows, title=title) if extension == "xlsx" else as_csv(rows)


def spreadsheet(
    request: HttpRequest, parts: Iterator[bytes], *, name: str, extension: str, zone: dt.tzinfo
) -> StreamingHttpResponse:
    """Return a file in parts as a download called `name`, with today's date.

    The first part is made at once, in `zone` as the others: what fails there is an error instead of a file cut short.
    """
    parts = in_zone(zone, parts)
    first = next(parts, b"")
    content = (first,) if request.method == "HEAD" else chain((first,), parts)
    file_name = f"{name}-{timezone.localdate(timezone=zone):%Y-%m-%d}.{extension}"
    headers = {"Content-Disposition": str(content_disposition_header(as_attachment=True, filename=file_name))}
    return StreamingHttpResponse(content, content_type=CONTENT_TYPES[extension], headers=headers)


def in_zone(zone: dt.tzinfo, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts of a response, each made with the zone active: they are made after the view has returned."""
    while True:
        with timezone.override(zone):
            part = next(parts, None)
        if part is None:
            return
        yield part
