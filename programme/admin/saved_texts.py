"""The pages of an edition's library of texts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import staff_edition
from programme.actions.saved_texts import delete_text, save_text
from programme.admin.campaign_pages import WRITE, rendered
from programme.errors import ProgrammeError
from programme.forms.campaigns import SavedTextForm
from programme.models import Edition, SavedText
from programme.placeholders import shown_placeholders
from programme.views import form_recovery
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

TYPED = form_recovery.typed_fields("name", "subject", "text")  # of the form


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def text_add(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Add a text to the library, perhaps that of a campaign (`from`)."""
    edition, number = staff_edition(request.user, edition_slug, WRITE), request.GET.get("from", "")
    campaign = edition.campaigns.filter(pk=number).first() if number.isdecimal() else None
    initial = {"subject": campaign.subject, "text": campaign.text} if campaign else {}
    return text_page(request, edition, SavedText(edition=edition), _("Save a text"), initial)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    """Change a text of the library, or delete it."""
    edition = staff_edition(request.user, edition_slug, WRITE)
    saved = get_object_or_404(edition.saved_texts, pk=pk)
    if "delete" in request.POST:
        delete_text(text=saved, by=signed_in(request))
        messages.success(request, _("The text “%(name)s” is deleted.") % {"name": saved})
        return redirect("programme-staff:campaigns", edition.slug)
    return text_page(request, edition, saved, _("Change a saved text"))


def text_page(
    request: HttpRequest, edition: Edition, saved: SavedText, title: str, initial: dict[str, Any] | None = None
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    user = signed_in(request)
    initial = (initial or {}) | form_recovery.saved_answers(request, user)
    form = SavedTextForm(data, instance=saved, initial=initial, user=user)
    if form.is_valid():
        try:
            save_text(text=form.instance, by=signed_in(request))
        except ProgrammeError as error:
            form.add_error("name", form_error(error))
        else:
            form_recovery.forget(request)
            messages.success(request, _("The text “%(name)s” is saved.") % {"name": saved})
            return redirect("programme-staff:campaigns", edition.slug)
    context = {
        "form": form,
        "saved": saved if saved.pk else None,
        "typed_by": form_recovery.signature_of(user),
        "placeholders": shown_placeholders(signed_in(request), edition),
    }
    return rendered(request, "saved_text", edition, title, context, status=422 if form.is_bound else 200)
