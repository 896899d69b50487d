"""The pages of an edition that are not a list: its overview, its settings, and where each area begins."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from programme import panels
from programme.access import staff_edition
from programme.admin import edition_tasks
from programme.admin.checklist_page import shown_checklist
from programme.admin.of_edition import rendered
from programme.admin.planned_page import SEE as SEE_PLANNED
from programme.areas import AREAS
from programme.models import Edition
from programme.panels import EditionWork, PlannedEmails
from programme.queries.edition_work import counts_of
from programme.queries.planned_emails import until_tomorrow
from programme.rules.editions import Phase
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in


@require_safe
def edition_overview(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show what has to be done in an edition, the most urgent first, and how it is doing."""
    edition, now = staff_edition(request.user, edition_slug, "programme.view_session"), timezone.now()
    user = signed_in(request)
    n = counts_of(edition, now)
    work = [edition_tasks.work(user, edition, n, now), *(work(user, edition, now) for work in panels.EDITION_WORK)]
    checklist = shown_checklist(user, edition, n)
    context = admin.site.each_context(request) | {
        "title": edition.name,
        "edition": edition,
        "phase": edition.phase(now),
        "tasks": sorted((task for it in work for task in it.tasks), key=lambda task: task.rank),
        "checklist": checklist,
        "n_ticked": sum(shown.item.is_ticked for shown in checklist),
        "charts": [chart for it in work for chart in it.charts],
        "leaving": leaving(user, edition, work, now),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/edition_overview.html", context).render()


def leaving(
    user: User, edition: Edition, work: Iterable[EditionWork], now: dt.datetime
) -> Sequence[PlannedEmails] | None:
    """Return what leaves by itself until tomorrow evening; None for those who do not see it, or if the edition is over."""
    if not user.has_perm(SEE_PLANNED) or edition.phase(now) is Phase.OVER:
        return None
    return until_tomorrow((emails for it in work for emails in it.leaving), edition, now)


def edition_settings(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the form of an edition."""
    edition = staff_edition(request.user, edition_slug, "programme.view_edition")
    return rendered(admin.site.get_model_admin(Edition).change_view(request, str(edition.pk)))


@require_safe
def area_home(request: HttpRequest, edition_slug: str, area: str) -> HttpResponse:
    """Redirect to the first page of an area that the visitor may see."""
    pages = AREAS[area].pages_for(request.user) if area in AREAS else []
    if not pages:
        raise Http404
    return redirect(pages[0].url(staff_edition(request.user, edition_slug, pages[0].permission)))
