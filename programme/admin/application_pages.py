"""Applications of cities for organisers: the list, the ranking, and one application (decision 57)."""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme.access import application_in, edition_with_applications
from programme.admin.downloads import download
from programme.forms.application_decisions import ConflictForm, NoteForm, ScoreForm
from programme.models import Application, ApplicationCriterion, Edition
from programme.queries.application_decisions import decisions_about, has_lost_place
from programme.queries.application_table import application_rows
from programme.queries.applications import (
    ListedApplication,
    ScorerRow,
    applications_seen_by,
    ranking,
    scores_of,
    shown_application_answers,
)
from programme.rules.applications import OUTCOMES
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.http.spreadsheets import CONTENT_TYPES

VIEW, CHANGE = "programme.view_application", "programme.change_application"
UNSCORED = "unscored"
State = Application.State


@never_cache
@require_safe
def applications(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List the applications by city, those in one state, or those that the visitor has not scored yet."""
    edition = edition_with_applications(request.user, edition_slug, VIEW)
    listed = applications_seen_by(edition, signed_in(request))
    filters = filters_of(listed)
    shown = chosen_filter(request, filters)
    context = {
        "title": _("Applications"),
        "listed": [it for it in listed if is_shown(it, shown)],
        "filters": [(key, label, n, key == shown) for key, (label, n) in filters.items()],
        "n_all": len(listed),
        "files": [(it.upper(), file_url(edition, it, shown)) for it in CONTENT_TYPES],
    }
    return page(request, edition, "admin/programme/applications.html", context)


@never_cache
@require_safe
def applications_export(request: HttpRequest, edition_slug: str, extension: str) -> HttpResponseBase:
    """Return the list as a file, with the answers. As on the page, without the scores of who has a conflict of interest."""
    edition = edition_with_applications(request.user, edition_slug, VIEW)
    listed = applications_seen_by(edition, signed_in(request))
    shown = chosen_filter(request, filters_of(listed))
    rows = application_rows(edition, [it for it in listed if is_shown(it, shown)])
    return download(request, edition, rows, name="applications", label=_("Applications"), extension=extension)


def file_url(edition: Edition, extension: str, shown: str) -> str:
    url = reverse("programme-staff:applications-export", args=[edition.slug, extension])
    return f"{url}?{urlencode({'state': shown})}" if shown else url


@never_cache
@require_safe
def application_ranking(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Rank the applications by the weighted mean of their scores; the same mean is the same place."""
    edition = edition_with_applications(request.user, edition_slug, VIEW)
    listed = ranking(applications_seen_by(edition, signed_in(request)))
    context = {
        "title": _("Ranking"),
        "listed": listed,
        "is_ranking": True,
        "criteria": edition.criteria.all(),
    }
    return page(request, edition, "admin/programme/application_ranking.html", context)


def filters_of(listed: list[ListedApplication]) -> dict[str, tuple[Any, int]]:
    """Return the filters of the list that find something, each with its label and how many it finds."""
    counts = Counter(it.application.state for it in listed)
    counts[UNSCORED] = sum(is_shown(it, UNSCORED) for it in listed)
    labels = [("", _("All")), *State.choices, (UNSCORED, _("not scored by you"))]
    counts[""] = len(listed)
    return {key: (label, counts[key]) for key, label in labels if counts[key] or not key}


def chosen_filter(request: HttpRequest, filters: Container[str]) -> str:
    """Return the filter that the address asks for; that for all, if it would find nothing."""
    shown = request.GET.get("state", "")
    return shown if shown in filters else ""


def is_shown(listed: ListedApplication, shown: str) -> bool:
    application = listed.application
    if shown == UNSCORED:
        is_open = application.state in {State.SUBMITTED, State.WAITING}
        return is_open and not (application.is_scored or application.has_conflict)
    return not shown or application.state == shown


@never_cache
@require_safe
def application_detail(request: HttpRequest, edition_slug: str, pk: int) -> HttpResponse:
    edition = edition_with_applications(request.user, edition_slug, VIEW)
    return detail_page(request, application_in(edition, pk))


def detail_page(request: HttpRequest, application: Application, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Show an application with its answers, scores, notes and decisions. `forms`: those with mistakes, by name."""
    edition, viewer = application.edition, signed_in(request)
    conflicts = list(application.conflicts.select_related("organiser"))
    of_city = edition.applications.filter(city_name__iexact=application.city_name, country=application.country)
    others = list(of_city.exclude(pk=application.pk))
    has_applied = viewer.pk in {it.contact_id for it in [application, *others]}
    is_biased = has_applied or any(it.organiser_id == viewer.pk for it in conflicts)
    criteria, may_change = list(edition.criteria.all()), viewer.has_perm(CHANGE)
    decisions = decisions_about(application)
    may_decide = may_change and not is_biased and not any(it.is_untold for it in decisions)
    scores = [] if is_biased else scores_of(application, criteria)
    can_score = may_change and not is_biased and bool(criteria) and application.state != State.WITHDRAWN
    context = {
        "title": application.city_in_words,
        "application": application,
        "answers": shown_application_answers(application),
        "criteria": criteria,
        "scores": scores,
        "conflicts": conflicts,
        "is_biased": is_biased,
        "has_applied": has_applied,
        "notes": [] if is_biased else application.notes.select_related("author"),
        "decisions": decisions,
        "others": others,
        "may_change": may_change,
        "outcomes": outcomes_for(application) if may_decide else [],
        "score_form": score_form(viewer, criteria, scores) if can_score else None,
        "conflict_form": None if is_biased or not may_change else ConflictForm(),
        "note_form": None if is_biased or not may_change else NoteForm(),
        **forms,
    }
    return page(request, edition, "admin/programme/application.html", context, status=status)


def score_form(viewer: User, criteria: list[ApplicationCriterion], scores: Sequence[ScorerRow]) -> ScoreForm:
    """Return the form with what the viewer gave before."""
    own = next((it for it in scores if it.scorer.pk == viewer.pk), None)
    return ScoreForm(criteria=criteria, present=own.points if own else {})


def outcomes_for(application: Application) -> list[tuple[str, str]]:
    """Return the decisions that are offered, each with its button."""
    labels = {State.ACCEPTED: _("Accept"), State.WAITING: _("Put on the waiting list"), State.DECLINED: _("Decline")}
    if application.state == State.WITHDRAWN:
        return []
    return [(it.value, labels[State(it)]) for it in OUTCOMES if it != application.state or has_lost_place(application)]


def page(
    request: HttpRequest, edition: Edition, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = admin.site.each_context(request) | {"edition": edition, "may_change": may_change(request)} | context
    with timezone.override(edition.zone):
        return TemplateResponse(request, template, context, status=status).render()


def may_change(request: HttpRequest) -> bool:
    return request.user.has_perm(CHANGE)
