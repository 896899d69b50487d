"""The staff of an edition: who works in it, and inviting and removing them."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from programme.access import staff_edition
from programme.actions.staff import invite_colleague, may_remove, remove_colleague
from programme.errors import ProgrammeError
from programme.forms.colleagues import ColleagueForm
from programme.models import Edition
from programme.queries.staff import colleagues_in, is_limited, role_of
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

MANAGE = "programme.change_edition"


@require_http_methods(["GET", "HEAD", "POST"])
def colleagues(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show who works in the edition; invite a colleague."""
    edition, viewer = staff_edition(request.user, edition_slug, MANAGE), signed_in(request)
    form = ColleagueForm(request.POST or None, may_invite_everywhere=not is_limited(viewer))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            user = invite_colleague(
                email=values["email"],
                name=values["name"],
                role=values["role"],
                edition=edition,
                is_everywhere=values["scope"] == "all",
                by=viewer,
            )
        except ProgrammeError as error:
            form.add_error(None, form_error(error))
        else:
            messages.success(request, _("%(name)s is invited and gets an email.") % {"name": user})
            return redirect("programme-staff:colleagues", edition.slug)
    return colleagues_page(request, edition, form)


def colleagues_page(request: HttpRequest, edition: Edition, form: ColleagueForm) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": _("Colleagues"),
        "edition": edition,
        "form": form,
        "colleagues": [(it, role_of(it), may_remove(user=it, by=signed_in(request))) for it in colleagues_in(edition)],
    }
    with timezone.override(edition.zone):
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/programme/colleagues.html", context, status=status).render()


@require_POST
def colleague_remove(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    edition = staff_edition(request.user, edition_slug, MANAGE)
    user = get_object_or_404(colleagues_in(edition), pk=pk)
    try:
        remove_colleague(user=user, edition=edition, by=signed_in(request))
    except ProgrammeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s no longer works in this edition.") % {"name": user})
    return redirect("programme-staff:colleagues", edition.slug)
