"""Ready lists: what organisers hand to the caterer, the venue, the Expo and others, as pages and as files."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from programme.access import staff_edition, staff_ready_list
from programme.admin.downloads import download, downloads_of
from programme.models import Edition
from programme.queries.ready_lists import PERMISSION, READY_LISTS, ReadyListKind
from udtacademy.http.spreadsheets import CONTENT_TYPES

MOST_DOWNLOADS = 20  # shown


@require_safe
def ready_lists(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show which lists there are, and who downloaded lists of the edition."""
    edition = staff_edition(request.user, edition_slug, PERMISSION)
    kinds = list(READY_LISTS.values())
    context = admin.site.each_context(request) | {
        "title": _("Ready lists"),
        "edition": edition,
        "lists": [(kind, address_of(edition, kind)) for kind in kinds],
        "downloads": downloads_of(edition)[:MOST_DOWNLOADS],
        "zone": edition.time_zone,
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/ready_lists.html", context).render()


@require_safe
def ready_list(request: HttpRequest, edition_slug: str, list_name: str) -> HttpResponse:
    """Show a list, to read and to print. Times are in the edition's zone."""
    edition, kind = staff_ready_list(request.user, edition_slug, list_name)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("%(list)s: %(edition)s") % {"list": kind.label, "edition": edition},
        "edition": edition,
        "kind": kind,
        "list": kind.read(edition),
        "files": files_of(edition, kind),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/ready_list.html", context).render()


@require_safe
def ready_list_export(request: HttpRequest, edition_slug: str, list_name: str, extension: str) -> HttpResponseBase:
    """Return a list as a file."""
    edition, kind = staff_ready_list(request.user, edition_slug, list_name)
    shown = kind.read(edition)
    rows = [shown.columns, *shown.rows]
    return download(request, edition, rows, name=kind.name, label=str(kind.label), extension=extension)


def address_of(edition: Edition, kind: ReadyListKind) -> str:
    return reverse("programme-staff:ready-list", args=[edition.slug, kind.name])


def files_of(edition: Edition, kind: ReadyListKind) -> list[tuple[str, str]]:
    """Return the kinds of files that a list can be downloaded as, with their URLs."""
    name = "programme-staff:ready-list-export"
    return [(it.upper(), reverse(name, args=[edition.slug, kind.name, it])) for it in CONTENT_TYPES]
