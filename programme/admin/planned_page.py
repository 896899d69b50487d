"""What leaves next: every email that is planned in an edition, of all kinds in one list, by day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from programme.access import staff_edition
from programme.models import Edition
from programme.panels import EMAIL_PLANS, EmailPlan, PlannedEmails
from programme.queries.announcements import news_to_tell
from programme.queries.planned_emails import CountedEmails, counted, planned_in
from programme.queries.planned_news import notice_and_invitations, reminders_to_come
from programme.rules.local_times import local_day
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.outbox.models import Message

PER_PAGE = 20
SEE = "programme.view_notice"
SEE_INVITATIONS = "programme.view_invitation"


@never_cache
@require_safe
def planned(request: HttpRequest, edition_slug: str) -> HttpResponse:
    """List what leaves by itself, the next first, with how many people get it as things stand."""
    edition, now = staff_edition(request.user, edition_slug, SEE), timezone.now()
    page = Paginator(planned_in(edition, signed_in(request), now), PER_PAGE).get_page(request.GET.get("page"))
    context = admin.site.each_context(request) | {
        "title": _("Planned emails"),
        "edition": edition,
        "page": page,
        "days": list(by_day(counted(edition, list(page), now), edition)),
        "today": local_day(now, edition.zone),
        "n_queued": Message.objects.queued().filter(context=edition).count(),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/planned.html", context).render()


def by_day(emails: Sequence[CountedEmails], edition: Edition) -> Iterator[tuple[dt.date, list[CountedEmails]]]:
    days = dict.fromkeys(local_day(it.emails.at, edition.zone) for it in emails)
    for day in days:
        yield day, [it for it in emails if local_day(it.emails.at, edition.zone) == day]


def news(user: User, edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield the notice of changes that waits to be sent, and the reminders of invitations.

    One query, and another while people may be reminded of invitations.
    """
    if user.has_perm(SEE):
        notice_due_at, has_invitations = notice_and_invitations(edition, now)
        yield from news_from(user, edition, now, notice_due_at=notice_due_at, has_invitations=has_invitations)


def news_from(
    user: User, edition: Edition, now: dt.datetime, *, notice_due_at: dt.datetime | None, has_invitations: bool
) -> Iterator[PlannedEmails]:
    """Yield the notice, and the reminders of invitations, all of a day together. One query if there are invitations."""
    if notice_due_at:
        yield PlannedEmails(
            notice_due_at, _("Changes of sessions"), reverse("programme-staff:changes", args=[edition.slug])
        )
    if not (has_invitations and user.has_perm(SEE_INVITATIONS)):
        return
    times: dict[dt.date, list[dt.datetime]] = defaultdict(list)
    for at, _invitation in reminders_to_come(edition, now):
        times[local_day(at, edition.zone)].append(at)
    url = reverse("programme-staff:invitations", args=[edition.slug])
    for of_day in times.values():
        yield PlannedEmails(of_day[0], _("Reminders of invitations that nobody has used"), url, len(of_day))


def n_people(edition: Edition, emails: Sequence[PlannedEmails], now: dt.datetime) -> list[int]:
    """Return how many people are told of the changes as they are now, or reminded. Three queries for 1,000 differences."""
    return [
        len({diff.participant_id for diff in news_to_tell(edition, now)}) if it.about is None else it.about
        for it in emails
    ]


def register() -> None:
    EMAIL_PLANS.append(EmailPlan(news, n_people))
