"""Programme files on the web: download an edition, load a file into it, or as a new edition.

A file that is uploaded is read first; the page says what it would change. To load it, the page sends it back with the token of what it
showed. If that is no longer what would happen, nothing is loaded and the page shows it again.
"""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from programme.access import check_staff, staff_edition
from programme.admin.programme_file_rows import shown_kinds
from programme.admin.session_messages import announce_notices, warn_of_overfull
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.programme_files import ProgrammeFileForm
from programme.models import Edition
from programme.programme_files.dump import dump_programme, dumps
from programme.programme_files.load import Changes, load_programme, rehearse_programme
from programme.programme_files.plan import plan_programme
from programme.programme_files.schema import Document
from programme.queries.venues import other_editions_at
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import FIELD as AGREED_TO
from udtacademy.errors import form_error

SEE = "programme.view_venue"  # a file has everything of an edition but its people and links; desk staff see no venues
LOAD = [f"programme.{verb}_{model}" for model in ("session", "track", "venue", "room") for verb in ("add", "change")]
MOST_MISTAKES = 100  # shown at once


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edition_file(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Offer an edition as a file, and load one into it."""
    edition = staff_edition(request.user, edition_slug, SEE)
    if request.method != "POST":
        return file_page(request, edition, ProgrammeFileForm())
    check_may_load(request, "programme.change_edition")
    return answer(request, edition)


@never_cache
@require_safe
def edition_download(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, SEE)
    return HttpResponse(
        dumps(dump_programme(edition=edition)),
        headers={
            "Content-Type": "application/toml; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{edition.slug}.toml"',
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_edition_file(request: HttpRequest) -> HttpResponse:
    """Load a file as a new edition."""
    check_may_load(request, "programme.add_edition")
    if request.method != "POST":
        return file_page(request, None, ProgrammeFileForm())
    return answer(request, None)


def check_may_load(request: HttpRequest, permission: str) -> None:
    """Raise as `check_staff` unless the visitor may make every change that a file can make."""
    for needed in (permission, *LOAD):
        check_staff(request.user, needed)


def may_load(request: HttpRequest, edition: Edition | None) -> bool:
    return request.user.has_perms(["programme.change_edition" if edition else "programme.add_edition", *LOAD])


def answer(request: HttpRequest, edition: Edition | None) -> HttpResponse:
    """Show what the file would change, or load it if that was agreed to. `edition`: None for a new one."""
    form = ProgrammeFileForm(request.POST, request.FILES)
    if not form.is_valid() or form.document is None:
        return file_page(request, edition, form, status=422)
    refusal = ""
    try:
        if "apply" in request.POST:
            try:
                return load(request, form.document, edition)
            except NotAsReadError as error:
                refusal = str(error)
        check_slug(form.document, edition)
        changes = rehearse_programme(document=form.document, by=signed_in(request))
    except ProgrammeError as error:
        form.add_error(None, form_error(error))
        return file_page(request, edition, form, status=422)
    return file_page(request, edition, form, changes=changes, refusal=refusal, status=409 if refusal else 200)


def check_slug(document: Document, edition: Edition | None) -> None:
    """Raise ProgrammeError if the file is of another edition, or the new edition exists."""
    slug = document.edition.slug
    if edition is None and Edition.objects.filter(slug=slug).exists():
        text = _(
            "There is already an edition “%(slug)s”. Upload the file in its settings, or change the slug in the file."
        )
        raise ProgrammeError(text % {"slug": slug}, code="edition_exists")
    if edition and slug != edition.slug:
        text = _(
            "The file is of the edition “%(slug)s”, but this is “%(edition)s”. Upload it in the settings of its own edition,"
            " or change the slug in the file."
        )
        raise ProgrammeError(text % {"slug": slug, "edition": edition.slug}, code="other_edition")


def load(request: HttpRequest, document: Document, edition: Edition | None) -> HttpResponse:
    """Load a document as agreed to, then redirect. Raises ProgrammeError if that is not possible.

    A second click finds the edition as it is in the file, and changes nothing.
    """
    known = Edition.objects.filter(slug=document.edition.slug).first()
    is_right = edition is None or known == edition
    if known and is_right and not plan_programme(document).is_change:
        messages.info(request, _("“%(edition)s” is already as in the file. Nothing was changed.") % {"edition": known})
    else:
        check_slug(document, edition)
        agreed_to = request.POST.get(AGREED_TO, "")
        known, changes = load_programme(document=document, by=signed_in(request), agreed_to=agreed_to)
        announce(request, known, changes)
    return redirect("programme-staff:file" if edition else "programme-staff:overview", known.slug)


def announce(request: HttpRequest, edition: Edition, changes: Changes) -> None:
    n = sum(bool(row.changed) for row in changes.plan.rows())
    text = ngettext("The file is loaded: %(n)s change.", "The file is loaded: %(n)s changes.", n)
    messages.success(request, text % {"n": n})
    warn_of_overfull(request, edition.sessions.all())
    announce_notices(request, list(edition.sessions.select_related("edition")))


def file_page(
    request: HttpRequest,
    edition: Edition | None,
    form: ProgrammeFileForm,
    *,
    changes: Changes | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    plan = changes.plan if changes else None
    is_of_venue = plan and any(it.changed for it in (plan.venue, *plan.rooms) if it and it.pk)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Programme file") if edition else _("New edition from a file"),
        "edition": edition,
        "form": form,
        "can_load": may_load(request, edition),
        "mistakes": form.mistakes[:MOST_MISTAKES],
        "n_more": max(0, len(form.mistakes) - MOST_MISTAKES),
        "changes": changes,
        "kinds": shown_kinds(plan) if plan else [],
        "others_at_venue": other_editions_at(plan.venue.pk, plan.edition.key)
        if plan and plan.venue and is_of_venue
        else [],
        "refusal": refusal,
    }
    return TemplateResponse(request, "admin/programme/programme_file.html", context, status=status).render()
