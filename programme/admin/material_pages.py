"""Materials for organisers: what there is, where it is missing, adding and changing (decision 75)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from programme.access import staff_edition
from programme.actions.materials import ask_for_materials, change_material, remove_material
from programme.admin.speaker_pages import page
from programme.errors import ProgrammeError
from programme.forms.materials import MaterialChangeForm, StaffMaterialForm
from programme.material_access import staff_material
from programme.models import Material
from programme.queries.materials import all_of_edition, lacks
from programme.views.speakers import is_added
from udtacademy.accounts.requests import signed_in

VIEW, ADD, CHANGE, DELETE = (f"programme.{verb}_material" for verb in ("view", "add", "change", "delete"))
LIST = "programme-staff:materials"


@never_cache
@require_safe
def materials(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List the sessions that are over without materials, then all materials."""
    edition = staff_edition(request.user, edition_slug, VIEW)
    context = {
        "title": _("Materials"),
        "lacks": lacks(edition, timezone.now()),
        "listed": all_of_edition(edition),
    }
    return page(request, edition, "admin/programme/materials.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def material_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, ADD)
    material = Material(edition=edition, added_by=signed_in(request))
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = StaffMaterialForm(
        *posted, edition=edition, instance=material, initial={"session": request.GET.get("session")}
    )
    if form.is_bound and form.is_valid() and is_added(form):
        messages.success(request, _("“%(material)s” has been added.") % {"material": material})
        return redirect(LIST, edition.slug)
    context = {"title": _("Add a material"), "form": form, "button": _("Add")}
    return page(request, edition, "admin/programme/material_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def material(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Change what a material is called, and who sees it."""
    chosen = staff_material(request.user, edition_slug, pk, CHANGE)
    form = MaterialChangeForm(request.POST or None, instance=chosen)
    if form.is_bound and form.is_valid():
        change_material(material=chosen)
        messages.success(request, _("“%(material)s” has been saved.") % {"material": chosen})
        return redirect(LIST, edition_slug)
    context = {"title": str(chosen), "form": form, "button": _("Save"), "material": chosen}
    status = 422 if form.errors else 200
    return page(request, chosen.session.edition, "admin/programme/material_form.html", context, status=status)


@require_POST
def material_remove(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    chosen = staff_material(request.user, edition_slug, pk, DELETE)
    if remove_material(material=chosen):
        messages.success(request, _("“%(material)s” has been removed.") % {"material": chosen})
    return redirect(LIST, edition_slug)


@require_POST
def materials_ask(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Ask the speakers of a session that is over for its materials."""
    edition = staff_edition(request.user, edition_slug, CHANGE)
    session = get_object_or_404(edition.sessions, slug=session_slug)
    session.edition = edition
    try:
        n = ask_for_materials(session=session, by=signed_in(request))
        text = ngettext("%(n)s speaker gets an email.", "%(n)s speakers get an email.", n) % {"n": n}
        messages.success(request, text if n else _("They have been asked within the last hour."))
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect(LIST, edition.slug)
