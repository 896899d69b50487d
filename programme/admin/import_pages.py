"""The pages that import lists of people and cities: what a list would do is shown first, row by row, then done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import check_staff, staff_edition
from programme.actions.additions import check_can_tell
from programme.actions.city_import import import_cities
from programme.actions.invitations import check_can_invite
from programme.actions.people_import import import_people
from programme.errors import NotAsReadError, ProgrammeError
from programme.forms.imports import EACH, NONE, ListForm, signed, unsigned
from programme.imports.outcomes import ImportPlan, Outcome, PlannedRow
from programme.imports.reading import CITIES, PEOPLE, ListKind, ListRow, as_text
from programme.models import Edition
from programme.queries.city_import import plan_cities
from programme.queries.people_import import plan_people
from programme.rules.questions import PREFIX
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.errors import form_error

PER_PAGE = 200
MOST_NAMED = 20  # rows left out
EMAILS_TO_PEOPLE = (
    (EACH, gettext_lazy("Email each person once who is registered, approved or moved to another city")),
    (NONE, gettext_lazy("Send no emails. Reminders still go out.")),
)
EMAILS_TO_COORDINATORS = (
    (EACH, gettext_lazy("Invite each new coordinator by email")),
    (NONE, gettext_lazy("Send no emails. You can invite the coordinators later, from the list of cities.")),
)


@dataclass(frozen=True)
class Importer:
    """What is imported on a page, and how. `check_emails`: raises ProgrammeError if nobody can be emailed."""

    kind: ListKind
    title: Any
    back_to: str
    permissions: tuple[str, ...]
    choices: Sequence[tuple[str, Any]]
    check_emails: Callable[[Edition], None]
    plan: Callable[[Edition, Sequence[ListRow], User], ImportPlan[Any]]
    carry_out: Callable[..., ImportPlan[Any]]

    def why_no_emails(self, edition: Edition) -> str:
        try:
            self.check_emails(edition)
        except ProgrammeError as error:
            return str(error)
        return ""


OF_PEOPLE = Importer(
    PEOPLE,
    gettext_lazy("Import people"),
    "programme-staff:participants",
    ("programme.add_participant", "programme.change_participant"),
    EMAILS_TO_PEOPLE,
    check_can_tell,
    plan_people,
    import_people,
)
OF_CITIES = Importer(
    CITIES,
    gettext_lazy("Import cities"),
    "programme-staff:delegations",
    ("programme.add_delegation", "programme.change_delegation"),
    EMAILS_TO_COORDINATORS,
    lambda edition: check_can_invite(edition, timezone.now()),
    lambda edition, rows, _by: plan_cities(edition, rows),
    import_cities,
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_import(request: HttpRequest, edition_slug: str) -> HttpResponse:
    edition = importing_edition(request, edition_slug, OF_PEOPLE)
    kind = PEOPLE.with_answers((f"{PREFIX}{it.key}", str(it)) for it in edition.questions.own().open().in_order())
    return import_page(request, edition, replace(OF_PEOPLE, kind=kind))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def city_import(request: HttpRequest, edition_slug: str) -> HttpResponse:
    return import_page(request, importing_edition(request, edition_slug, OF_CITIES), OF_CITIES)


def importing_edition(request: HttpRequest, slug: str, importer: Importer) -> Edition:
    first, *others = importer.permissions
    edition = staff_edition(request.user, slug, first)
    for permission in others:
        check_staff(request.user, permission)
    return edition


def import_page(request: HttpRequest, edition: Edition, importer: Importer) -> HttpResponse:
    if "rows" in request.POST:
        return answer(request, edition, importer)
    form = list_form(edition, importer, *((request.POST, request.FILES) if request.method == "POST" else ()))
    if not form.is_bound or not form.is_valid():
        return start_page(request, edition, importer, form)
    try:
        rows = signed(form.read_list.rows, importer.kind, edition, signed_in(request))
    except ProgrammeError as error:
        form.add_error(None, form_error(error))
        return start_page(request, edition, importer, form)
    plan = importer.plan(edition, form.read_list.rows, signed_in(request))
    more: dict[str, Any] = {"unused": form.read_list.unused, "encoding": form.read_list.encoding}
    return check_page(request, edition, importer, plan, rows=rows, tells=form.sends_emails, **more)


def answer(request: HttpRequest, edition: Edition, importer: Importer) -> HttpResponse:
    """Import the list that was checked, or show another part of what it would do."""
    posted, by = request.POST, signed_in(request)
    try:
        rows = unsigned(posted["rows"], importer.kind, edition, by)
    except ProgrammeError as error:
        return start_page(request, edition, importer, list_form(edition, importer), refusal=str(error))
    shown: dict[str, Any] = {"rows": posted["rows"], "tells": posted.get("tells") == EACH}
    if posted.get("tells") not in {EACH, NONE}:
        shown |= {"refusal": _("Choose whether people are emailed: check the list again."), "status": 422}
    elif "correct" in posted:
        return correct_page(request, edition, importer, rows, importer.plan(edition, rows, by))
    if "apply" not in posted or "refusal" in shown:
        return check_page(request, edition, importer, importer.plan(edition, rows, by), **shown)
    try:
        plan = importer.carry_out(
            edition=edition, rows=rows, agreed_to=posted.get("agreed_to", ""), by=by, tells=shown["tells"]
        )
    except NotAsReadError as error:
        shown |= {"refusal": str(error), "status": 409}
    except IntegrityError:
        text = _("Somebody else has just saved the same. Nothing was imported. Check the list again.")
        shown |= {"refusal": text, "status": 409}
    except ProgrammeError as error:
        shown |= {"refusal": _("%(error)s Nothing was imported.") % {"error": error}, "status": 422}
    else:
        say_what_was_done(request, plan)
        if plan.of(Outcome.REFUSED):
            return correct_page(request, edition, importer, rows, plan)
        return HttpResponseRedirect(reverse(importer.back_to, args=[edition.slug]))
    return check_page(request, edition, importer, importer.plan(edition, rows, by), **shown)


def correct_page(
    request: HttpRequest, edition: Edition, importer: Importer, rows: Sequence[ListRow], plan: ImportPlan[Any]
) -> HttpResponse:
    """Show the form with the rows that are refused in its text field, to be corrected there, and why they are."""
    refused = plan.of(Outcome.REFUSED)
    numbers = {row.number for row in refused}
    text = as_text([row for row in rows if row.number in numbers], importer.kind)
    form = list_form(edition, importer, initial={"pasted": text, "tells": request.POST["tells"]})
    return start_page(request, edition, importer, form, refused=refused)


def list_form(edition: Edition, importer: Importer, *posted: Any, initial: dict[str, str] | None = None) -> ListForm:
    why_no_emails = importer.why_no_emails(edition)
    values: dict[str, Any] = {"kind": importer.kind, "choices": importer.choices, "initial": initial}
    return ListForm(*posted, why_no_emails=why_no_emails, **values)


def say_what_was_done(request: HttpRequest, plan: ImportPlan[Any]) -> None:
    values = {str(outcome): n for outcome, n in plan.counts}
    messages.success(request, _("Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.") % values)
    if refused := plan.of(Outcome.REFUSED):
        numbers = ", ".join(str(row.number) for row in refused[:MOST_NAMED])
        if len(refused) > MOST_NAMED:
            numbers = _("%(rows)s and others") % {"rows": numbers}
        text = ngettext("%(n)s row was left out: %(rows)s.", "%(n)s rows were left out: %(rows)s.", len(refused))
        messages.warning(request, text % {"n": len(refused), "rows": numbers})


def start_page(
    request: HttpRequest,
    edition: Edition,
    importer: Importer,
    form: ListForm,
    *,
    refusal: str = "",
    refused: Sequence[PlannedRow[Any]] = (),
) -> HttpResponse:
    context = page_context(request, edition, importer) | {
        "form": form,
        "refusal": refusal,
        "refused": refused[:MOST_NAMED],
        "n_more": len(refused[MOST_NAMED:]),
    }
    status = 422 if form.is_bound or refusal else 200
    return TemplateResponse(request, "admin/programme/import.html", context, status=status).render()


def check_page(
    request: HttpRequest,
    edition: Edition,
    importer: Importer,
    plan: ImportPlan[Any],
    *,
    status: int = 200,
    tells: bool,
    **shown: Any,
) -> HttpResponse:
    """Show what importing would do. `shown`: rows (signed), refusal, unused, encoding."""
    outcome = request.POST.get("show", "")
    planned = plan.of(Outcome(outcome)) if outcome in list(Outcome) else plan.rows
    context = page_context(request, edition, importer) | {
        "plan": plan,
        "has_refused": bool(plan.of(Outcome.REFUSED)),
        "show": outcome,
        "page": Paginator(planned, PER_PAGE).get_page(request.POST.get("page")),
        "tells": EACH if tells else NONE,
        "n_emails": plan.n_emails if tells else 0,
        **shown,
    }
    return TemplateResponse(request, "admin/programme/import_check.html", context, status=status).render()


def page_context(request: HttpRequest, edition: Edition, importer: Importer) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": importer.title,
        "edition": edition,
        "is_of_people": importer.kind.name == PEOPLE.name,
        "columns": [(importer.kind.label_of(it), it in importer.kind.required) for it in importer.kind.columns],
        "most_rows": importer.kind.most_rows,
        "back_url": reverse(importer.back_to, args=[edition.slug]),
    }
