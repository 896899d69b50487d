"""The page that copies an edition: a form, the preview of every date, and the copy once the preview was agreed to."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from programme.access import check_staff, staff_edition
from programme.errors import NotAsReadError, ProgrammeError
from programme.formats import session_time
from programme.forms.copies import CopyForm, suggestion
from programme.models import Edition, Session
from programme.programme_files.clone import SHIFTED_TIMES, Clone, clone_edition, rehearse_clone
from programme.queries.checklists import edition_copied_as
from programme.rules.local_times import local_day
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.confirmation import FIELD as AGREED_TO
from udtacademy.errors import form_error
from udtacademy.time_zones import zone_name

COPY = "programme.add_edition"
TIMES = (
    _lazy("Applications open"),
    _lazy("Applications close"),
    _lazy("Registration opens"),
    _lazy("Registration closes"),
    _lazy("Choosing tracks opens"),
    _lazy("Choosing tracks closes"),
)


@dataclass(frozen=True)
class MovedDate:
    """A date of the original and of the copy, in words. `session`: None for dates of the edition itself."""

    label: Any
    before: str
    after: str
    session: Session | None = None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edition_copy(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """Show the form; posted, what the copy would be; posted with `agreed`, make it."""
    edition = staff_edition(request.user, edition_slug, COPY)
    check_staff(request.user, "programme.view_delegation")
    if request.method != "POST":
        today = local_day(timezone.now(), edition.zone)
        taken = set(Edition.objects.values_list("slug", flat=True))
        return copy_page(request, edition, CopyForm(initial=suggestion(edition, today, taken), edition=edition))
    form = CopyForm(request.POST, edition=edition)
    if not form.is_valid():
        return copy_page(request, edition, form, status=422)
    return answer(request, edition, form)


def answer(request: HttpRequest, edition: Edition, form: CopyForm) -> HttpResponse:
    """Make the copy if it was agreed to; otherwise show it."""
    wanted, refusal = form.cleaned_data, ""
    if Edition.objects.filter(slug=wanted["slug"]).exists():
        if existing := existing_copy(request, wanted):
            return existing
        form.add_error("slug", _("Another edition has this web address."))
        return copy_page(request, edition, form, status=422)
    try:
        if "agreed" in request.POST:
            try:
                return copied(request, edition, wanted)
            except NotAsReadError as error:
                refusal = str(error)
        clone = rehearse_clone(edition=edition, **wanted)
    except ProgrammeError as error:
        if existing := existing_copy(request, wanted):  # made meanwhile
            return existing
        form.add_error(None, form_error(error))
        return copy_page(request, edition, form, status=422)
    return copy_page(request, edition, form, clone=clone, refusal=refusal, status=409 if refusal else 200)


def existing_copy(request: HttpRequest, wanted: dict[str, Any]) -> HttpResponse | None:
    """Lead a second click to the copy that the first one made; None if there is none."""
    existing = edition_copied_as(slug=wanted["slug"], name=wanted["name"]) if "agreed" in request.POST else None
    if existing is None:
        return None
    messages.info(request, _("“%(edition)s” has already been copied.") % {"edition": existing})
    return redirect("programme-staff:overview", existing.slug)


def copied(request: HttpRequest, edition: Edition, wanted: dict[str, Any]) -> HttpResponse:
    agreed_to = request.POST.get(AGREED_TO, "")
    clone = clone_edition(edition=edition, by=signed_in(request), agreed_to=agreed_to, **wanted)
    text = _("“%(edition)s” is copied. It is not published. The checklist says what to do next.")
    messages.success(request, text % {"edition": clone.edition})
    return redirect("programme-staff:overview", clone.edition.slug)


def copy_page(
    request: HttpRequest,
    edition: Edition,
    form: CopyForm,
    *,
    clone: Clone | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = admin.site.each_context(request) | {
        "title": _("Copy this edition"),
        "edition": edition,
        "form": form,
        "clone": clone,
        "dates": moved_dates(edition, clone) if clone else [],
        "refusal": refusal,
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/edition_copy.html", context, status=status).render()


def moved_dates(edition: Edition, clone: Clone) -> list[MovedDate]:
    """Return all dates: those of the edition, then those of its sessions by time."""
    copy, has_tracks = clone.edition, edition.tracks.exists()
    of_edition = [
        MovedDate(label, date_format(getattr(edition, name), "l j F Y"), date_format(getattr(copy, name), "l j F Y"))
        for label, name in ((_("First day"), "first_on"), (_("Last day"), "last_on"))
    ]
    asked_for = {"registration": True, "choice": has_tracks, "applications": edition.takes_applications}
    of_edition += [
        MovedDate(label, moment_of(edition, name), moment_of(copy, name))
        for label, name in zip(TIMES, SHIFTED_TIMES, strict=True)
        if asked_for[name.partition("_")[0]]
    ]
    return of_edition + [
        MovedDate(after.title, time_of(before), time_of(after), after)
        for before, after in sorted(clone.sessions, key=lambda pair: place_in_time(pair[0]))
    ]


def moment_of(edition: Edition, name: str) -> str:
    moment = getattr(edition, name)
    if moment is None:
        return _("no date")
    local = moment.astimezone(edition.zone)
    return f"{date_format(local, 'l j F Y, H:i')} {zone_name(local)}"


def time_of(session: Session) -> str:
    return session_time(session) or _("no date")


def place_in_time(session: Session) -> tuple[bool, str, int]:
    """Return the key that sorts sessions by day and time, those without a day last."""
    day = session.local_day
    return day is None, f"{day}{session.starts_at or ''}", session.track_position
