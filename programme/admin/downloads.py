"""Lists of an edition as files. Who downloaded which is logged, because files leave the site."""

from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from programme.models import Edition
from udtacademy.accounts.requests import signed_in
from udtacademy.http.spreadsheets import parts_of, spreadsheet
from udtacademy.tables.writing import Row

DOWNLOADED = "Downloaded "  # begins these entries of an edition's log


def download(
    request: HttpRequest, edition: Edition, rows: Iterable[Row], *, name: str, label: str, extension: str
) -> StreamingHttpResponse:
    """Return a list of an edition as a file, and log who downloads it. `name`: in the file's name; `label`: on pages."""
    parts = parts_of(rows, extension, title=label)
    response = spreadsheet(request, parts, name=f"{edition.slug}-{name}", extension=extension, zone=edition.zone)
    log_download(request, edition, f"{name}.{extension}")
    return response


def log_download(request: HttpRequest, edition: Edition, file_name: str) -> None:
    """Log that the visitor downloads a file with people of the edition."""
    if request.method == "GET":
        text = f"{DOWNLOADED}{file_name}"
        LogEntry.objects.log_actions(signed_in(request).pk, [edition], CHANGE, text, single_object=True)


def downloads_of(edition: Edition) -> QuerySet[LogEntry]:
    """Return who downloaded which list of an edition, the latest first."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Edition), object_id=str(edition.pk)
    )
    return entries.filter(change_message__startswith=DOWNLOADED).select_related("user").order_by("-action_time", "-pk")
