"""Everything that is stored about one person, as `personal_data` declares it: for their download."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pghistory
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.text import get_valid_filename

from udtacademy.accounts.models import User
from udtacademy.personal_data import KEPT, WHY, Declaration, declarations

SCHEMA = Path(__file__).with_name("own_data.schema.json")
PART = 2**16  # bytes
VERSION = 1  # of the form of data.json: raise it when a name in it changes its meaning


@dataclass(frozen=True)
class OwnRecords:
    """What is stored about a person in one model: rows of values, in the order of `fields`, and earlier ones with when they were so."""

    label: str
    name: str
    why: str
    kept: str
    fields: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    history: Sequence[Sequence[Any]]


def own_records(user: User) -> Iterator[OwnRecords]:
    """Yield what is stored about a person, model by model; models without a row are left out."""
    for declaration in declarations().values():
        if not declaration.is_personal:
            continue
        rows = [values_of(it, declaration.given) for it in rows_about(user, declaration)]
        earlier = list(history_of(user, declaration))
        if rows or earlier:
            meta = declaration.model._meta
            yield OwnRecords(
                label=meta.label,
                name=force_str(meta.verbose_name_plural),
                why=force_str(WHY[declaration.why]),
                kept=force_str(KEPT[declaration.kept]),
                fields=declaration.given,
                names=[force_str(getattr(meta.get_field(name), "verbose_name", name)) for name in declaration.given],
                rows=rows,
                history=earlier,
            )


def rows_about(user: User, declaration: Declaration) -> QuerySet[Model]:
    model = declaration.model
    related = [it.name for it in model._meta.fields if it.is_relation and it.name in declaration.given]
    rows = model._default_manager.filter(is_about(user, declaration)).order_by("pk")
    return rows.select_related(*related) if related else rows


def is_about(user: User, declaration: Declaration) -> Q:
    """Return the condition of rows that are about a person, by their account or by one of their confirmed addresses."""
    if declaration.person:
        return Q(**{declaration.person: user.pk})
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values("email")
    return Q(**{f"{declaration.address}__in": confirmed})


def values_of(row: Model, fields: Sequence[str]) -> list[Any]:
    return [plain(getattr(row, name), row, name) for name in fields]


def plain(value: Any, row: Model, name: str) -> Any:
    """Return a value to show and to write: of a choice its label, of another row what it is called, of several a list of these."""
    if hasattr(value, "all"):
        return [str(it) for it in value.all()]
    if isinstance(value, Model):
        return str(value)
    display = getattr(row, f"get_{name}_display", None)
    return force_str(display()) if display and value not in {None, ""} else value


def history_of(user: User, declaration: Declaration) -> Iterator[list[Any]]:
    """Yield what the history says of these rows: when, whether they came about, changed or went, then the values of `given`.

    A field that the history leaves out is None.
    """
    models: list[type[Any]] = pghistory.core.event_models(tracks_model=declaration.model)
    for model in models:
        known = {it.name for it in model._meta.get_fields()}
        about = Q(pgh_obj=user.pk) if declaration.person == "pk" else is_about(user, declaration)
        for row in model._default_manager.filter(about).order_by("pgh_id"):
            values = [value_then(row, name) if name in known else None for name in declaration.given]
            yield [row.pgh_created_at, row.pgh_label, *values]


def value_then(row: Model, name: str) -> Any:
    """Return a value of an earlier state. What it refers to may be gone: then its number."""
    return plain(getattr(row, row._meta.get_field(name).attname), row, name)  # type: ignore[union-attr]


def files_of(user: User) -> Iterator[tuple[str, bytes]]:
    """Yield a person's files: the path in the archive, and the content. One that storage has lost is left out."""
    for declaration in declarations().values():
        if declaration.file and declaration.is_personal:
            for row in rows_about(user, declaration).iterator(chunk_size=1):
                content = content_of(getattr(row, declaration.file))
                if content is not None:
                    yield f"files/{declaration.model._meta.model_name}/{row.pk}-{file_name_of(row)}", content


def content_of(value: Any) -> bytes | None:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    try:
        with value.open("rb") as stored:
            content: bytes = stored.read()
            return content
    except OSError:
        return None


def file_name_of(row: Model) -> str:
    return get_valid_filename(getattr(row, "name", "") or f"{row}")[-100:]


def archive_of(user: User, page: str) -> Iterator[bytes]:
    """Yield a ZIP file of what is stored about a person: data.json, its schema, `page` to read it, and their files.

    It is whole before the first part comes, on disk, and deleted after the last.
    """
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            document = json.dumps(as_document(user), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
            zipped.writestr("data.json", document)
            zipped.write(SCHEMA, "schema.json")
            zipped.writestr("index.html", page)
            for path, content in files_of(user):
                zipped.writestr(path, content)
        archive.seek(0)
        yield from iter(partial(archive.read, PART), b"")


def as_document(user: User) -> dict[str, Any]:
    """Return everything as JSON values, in the form of own_data.schema.json. Dates and times have the types of Python still."""
    return {
        "version": VERSION,
        "site": settings.SITE_URL,
        "created_at": timezone.now(),
        "account": user.email,
        "models": [
            {
                "model": it.label,
                "name": it.name,
                "why": it.why,
                "kept": it.kept,
                "records": [dict(zip(it.fields, row, strict=True)) for row in it.rows],
                "history": [
                    {"at": at, "change": change, "record": dict(zip(it.fields, row, strict=True))}
                    for at, change, *row in it.history
                ],
            }
            for it in own_records(user)
        ],
    }
