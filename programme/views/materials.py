"""All materials of an edition, and their files (decision 75)."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme import access, material_access
from programme.models import Participant
from programme.models.edition_state import EditionState
from programme.queries.materials import visible_of_edition
from programme.views.answer_files import as_download
from programme.views.public import OWN_PART, VisitorKind, public_page


@require_safe
def materials(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List what everybody sees; for those registered also what is for participants."""

    def page(kind: VisitorKind) -> HttpResponse:
        edition, now = access.visible_edition(request.user, edition_slug), timezone.now()
        listed = [] if kind.is_mine else visible_of_edition(edition, now, is_participant=False)
        context = {"edition": edition, "listed": listed, "is_mine": kind.is_mine, "own_part": OWN_PART}
        with timezone.override(edition.zone):
            return render(request, "programme/materials.html", context)

    def own_part(participant: Participant, state: EditionState) -> str:
        edition, now = access.existing_programme(state).edition, timezone.now()
        listed = visible_of_edition(edition, now, is_participant=participant.is_registered)
        with timezone.override(edition.zone):
            context = {"edition": edition, "listed": listed, "is_mine": participant.is_registered}
            return render_to_string("programme/_materials.html", context)

    return public_page(request, edition_slug, page, own_part=own_part)


@never_cache
@require_safe
def material_file(request: HttpRequest, edition_slug: str, token: str) -> HttpResponseBase:
    """Send a file. Who is not signed in is asked to, if it is for participants."""
    material = material_access.released_material(request.user, edition_slug, token)
    if not material.size:
        raise Http404
    if not material.is_public and request.user.is_anonymous:
        return redirect_to_login(request.get_full_path())
    return as_download(material)
