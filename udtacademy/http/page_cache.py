"""Answers, and lines of pages, that are the same for everybody: kept in this process for as long as what they say is so."""

import gzip
from collections.abc import Callable, Hashable, Iterable
from hashlib import sha256
from typing import Protocol

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

N_LINES = 5000  # some hundred bytes each
_lines: dict[Hashable, str] = {}


class Keepable(Protocol):
    """`kept_as` has all that a line says of it: when two are alike in this, so are their lines."""

    @property
    def kept_as(self) -> tuple[Hashable, ...]: ...


def kept_answer(request: HttpRequest, key: tuple[object, ...], make: Callable[[], HttpResponse]) -> HttpResponse:
    """What `make` answers for this `key`, made once and compressed once. The key has all that it depends on.

    What is no plain success, or is for one visitor, is not kept.
    """
    kept, name = caches["kept"], sha256(repr(key).encode()).hexdigest()
    found = kept.get(name)
    if found is None:
        made = make()
        if made.status_code != 200 or made.cookies:  # noqa: PLR2004 - as HTTP has it
            return made
        found = made.headers["Content-Type"], gzip.compress(made.content, mtime=0)
        kept.set(name, found)
    content_type, compressed = found
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(compressed, content_type=content_type, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(gzip.decompress(compressed), content_type=content_type)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def kept_lines(template_name: str, items: Iterable[Keepable]) -> SafeString:
    """The lines that the template makes of the items, each called `it` there, one after the other.

    A template sees nothing else but its item, and the year, which is said of days that are in another.
    """
    now = get_language(), timezone.localtime().year
    return mark_safe("".join(_line(template_name, now, it) for it in items))  # noqa: S308 - from a template


def _line(template_name: str, now: tuple[str | None, int], item: Keepable) -> str:
    key = template_name, now, item.kept_as
    line = _lines.get(key)
    if line is None:
        if len(_lines) >= N_LINES:
            _lines.clear()
        line = _lines[key] = get_template(template_name).render({"it": item})
    return line
