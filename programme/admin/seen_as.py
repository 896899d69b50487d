"""A participant's pages as the participant sees them, for organisers who help: shown, logged, and impossible to use."""

import copy
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from csp.constants import HEADER, NONE
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.models import Participant, PersonView
from programme.panels import seen_pages_of
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in

# Beside `inert`, by which the page takes no clicks, and the template, which loads no scripts: neither runs, and no form is sent.
POLICY = {"script-src": [NONE], "connect-src": [NONE], "form-action": [NONE]}


@dataclass(frozen=True)
class SeenAs:
    """Whose page is shown to whom, for the banner. `page`: a name in `panels.SEEN_PAGES`."""

    person: Participant
    viewer: User
    page: str

    @property
    def pages(self) -> list[tuple[str, Any]]:
        return [(name, page.label) for name, page in seen_pages_of(self.person).items()]


@require_safe
def seen_as(request: HttpRequest, edition_slug: str, pk: int, page: str) -> HttpResponse:
    """Show a page of a participant as they see it. 403 for pages of staff: they see more than participants do."""
    edition = staff_edition(request.user, edition_slug, "programme.change_participant")
    person = get_object_or_404(Participant.objects.with_people().filter(edition=edition), pk=pk)
    pages = seen_pages_of(person)
    if page not in pages:
        raise Http404
    if person.user.is_staff:
        raise PermissionDenied
    viewer = signed_in(request)
    response = pages[page].view(request_of(request, SeenAs(person, viewer, page)), edition_slug=edition.slug)
    PersonView.objects.create(participant=person, page=page, seen_by=viewer)
    response.headers[HEADER] = build_policy(replace=POLICY)
    return response


def request_of(request: HttpRequest, seen: SeenAs) -> HttpRequest:
    """Return the request as if the participant had sent it, without anything of the organiser's: messages, what was typed."""
    theirs: Any = copy.copy(request)
    theirs.user, theirs.seen_as = seen.person.user, seen
    theirs.GET, theirs.POST = QueryDict(), QueryDict()
    theirs._messages = []  # noqa: SLF001 - Django's messages of the organiser, for the organiser's next page
    theirs.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request_of_theirs: HttpRequest = theirs
    return request_of_theirs
