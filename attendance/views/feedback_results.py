"""What people think of the sessions of an edition, for organisers; and reminding who has not answered."""

import random
from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendance import access
from attendance.actions.feedback_emails import remind_of_feedback
from attendance.forms.feedback import label_of
from attendance.queries.feedback_results import (
    SessionResults,
    n_to_remind,
    over_editions,
    pooled_in,
    results_of,
)
from attendance.rules.feedback import FEWEST, Figure, Pool
from attendance.views.board import page_context
from programme.access import staff_edition
from programme.errors import ProgrammeError
from programme.models import Edition
from programme.models.question import in_language
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.charts import Bar, BarChart, Series

COLOURS = ("bad", "warn", "quiet", "main", "good")  # of the values of a scale, the lowest first
MOST_EDITIONS = 6  # compared on one page


@never_cache
@require_safe
def feedback_results(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the figures of each session, of the edition as a whole, and beside those of other editions."""
    edition, now = staff_edition(request.user, edition_slug, access.SEE_FEEDBACK), timezone.now()
    results = results_of(edition, now)
    others = Edition.objects.open_to(request.user).select_related("venue").latest_first()[:MOST_EDITIONS]
    compared = over_editions(sorted({*others, edition}, key=lambda it: (it.first_on, it.slug)), now)
    context = page_context(request, _("Feedback")) | {
        "edition": edition,
        "results": results,
        "charts": [pool_chart(it.figure()) for it in pooled_in(results).values()],
        "compared": [
            (in_language(pools[-1][1].question.labels), years_chart(pools), [(of, it.figure()) for of, it in pools])
            for pools in compared.values()
        ],
        "fewest": FEWEST,
        "is_asked": edition.feedback_sets.exists(),
        "may_set": request.user.has_perm(access.SET_FEEDBACK),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/feedback_results.html", context)


@never_cache
@require_safe
def feedback_session(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Show what may be seen of the answers about one session. The order of the texts is another one each time."""
    edition = staff_edition(request.user, edition_slug, access.SEE_FEEDBACK)
    one = results_in(edition, session_slug)
    can_remind = one.is_open and request.user.has_perm(access.SET_FEEDBACK)
    context = page_context(request, _("Feedback on %(session)s") % {"session": one.session}) | {
        "edition": edition,
        "one": one,
        "charts": [pool_chart(it) for it in one.figures if it.counts],
        "means": [(in_language(it.question.labels), it) for it in one.figures if it.mean is not None],
        "hidden": [in_language(it.question.labels) for it in one.figures if it.is_hidden],
        "texts": [(in_language(it.question.labels), shuffled(it.texts)) for it in one.figures if it.texts],
        "fewest": FEWEST,
        "n_to_remind": n_to_remind(one.session) if can_remind else 0,
        "may_set": request.user.has_perm(access.SET_FEEDBACK),
    }
    with timezone.override(edition.zone):
        return render(request, "admin/attendance/feedback_session.html", context)


@require_POST
def feedback_remind(request: HttpRequest, edition_slug: str, session_slug: str) -> HttpResponse:
    """Remind those who were there and have not answered, once."""
    edition = staff_edition(request.user, edition_slug, access.SET_FEEDBACK)
    one = results_in(edition, session_slug)
    if one.asked is None:
        raise Http404
    try:
        n = remind_of_feedback(asked=one.asked, by=signed_in(request))
        text = ngettext("%(n)s person gets a reminder.", "%(n)s people get a reminder.", n)
        messages.success(request, text % {"n": n})
    except ProgrammeError as error:
        messages.error(request, str(error))
    return redirect("attendance-staff:feedback-session", edition_slug, session_slug)


def results_in(edition: Edition, session_slug: str) -> SessionResults:
    """Return what may be seen of a session; 404 if nobody is asked about it yet."""
    one = next((it for it in results_of(edition, timezone.now()) if it.session.slug == session_slug), None)
    if one is None:
        raise Http404
    return one


def shuffled(texts: Iterable[str]) -> list[str]:
    shown = list(texts)
    random.SystemRandom().shuffle(shown)
    return shown


def pool_chart(figure: Figure) -> BarChart:
    """Draw how many gave each answer."""
    question, counts = figure.question, figure.counts or {}
    bars = [Bar(label_of(question, value), [n]) for value, n in counts.items()]
    return BarChart(in_language(question.labels), _("Answer"), [Series(_("people"), "main")], bars)


def years_chart(pools: Sequence[tuple[Edition, Pool]]) -> BarChart:
    """Draw the answers of each edition beside those of the others."""
    figures = [(edition, pool.figure()) for edition, pool in pools]
    question = figures[-1][1].question
    series = [
        Series(label_of(question, value), COLOURS[place % len(COLOURS)]) for place, value in enumerate(question.values)
    ]
    bars = [
        Bar(
            edition.name,
            list((figure.counts or {}).values()),
            reverse("attendance-staff:feedback", args=[edition.slug]),
        )
        for edition, figure in figures
    ]
    return BarChart(in_language(question.labels), _("Edition"), series, bars)
