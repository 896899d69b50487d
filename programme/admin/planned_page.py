"""What leaves next: every email that is planned in an edition, of all kinds in one list, by day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.db.models.functions import Now
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
from programme.queries.campaigns import n_recipients
from programme.queries.coming import AskingEdition, n_to_email
from programme.queries.planned_emails import CountedEmails, counted, planned_in
from programme.queries.planned_news import PlannedCampaign, PlannedNews, planned_news, reminders_to_come
from programme.queries.question_reminders import leaves_at, n_to_remind
from programme.queries.ready_lists import PERMISSION
from programme.rules.coming import ComingEmail
from programme.rules.editions import Phase
from programme.rules.local_times import local_day
from udtacademy.accounts.models import User
from udtacademy.accounts.requests import signed_in
from udtacademy.outbox.models import Message

PER_PAGE = 20
SEE = "programme.view_notice"
SEE_CAMPAIGNS = "programme.view_campaign"
SEE_INVITATIONS = "programme.view_invitation"


@dataclass(frozen=True)
class CountedQuestion:
    """An email that asks who comes, by which its readers are counted."""

    asking: AskingEdition
    email: ComingEmail


@dataclass(frozen=True)
class CountedReminder:
    """A reminder of questions, by which its readers are counted."""

    at: dt.datetime


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
        **n_written(edition),
    }
    with timezone.override(edition.zone):
        return TemplateResponse(request, "admin/programme/planned.html", context).render()


def n_written(edition: Edition) -> dict[str, int]:
    """Return how many emails are queued to be sent now, and how many for the morning."""
    is_held = Q(leaves_at__gt=Now())
    queued = Message.objects.queued().filter(context=edition).order_by()
    return queued.aggregate(n_queued=Count("pk", filter=~is_held), n_held=Count("pk", filter=is_held))


def by_day(emails: Sequence[CountedEmails], edition: Edition) -> Iterator[tuple[dt.date, list[CountedEmails]]]:
    days = dict.fromkeys(local_day(it.emails.at, edition.zone) for it in emails)
    for day in days:
        yield day, [it for it in emails if local_day(it.emails.at, edition.zone) == day]


def news(user: User, edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield the notice of changes that waits to be sent, the questions who comes, campaigns, and the reminders of questions and invitations.

    One query, and another while people may be reminded of invitations.
    """
    if user.has_perm(SEE):
        yield from news_from(user, edition, now, planned_news(edition, now))


def news_from(user: User, edition: Edition, now: dt.datetime, planned: PlannedNews) -> Iterator[PlannedEmails]:
    """Yield the same from what is planned; reminders of a day together. One query if there are invitations."""
    if planned.notice_due_at:
        url = reverse("programme-staff:changes", args=[edition.slug])
        at = edition.quiet_hours.end_after(planned.notice_due_at, edition.zone)
        yield PlannedEmails(at, _("Changes of sessions"), url)
    if planned.asking and edition.is_published:
        yield from questions_from(user, planned.asking)
    yield from reminders_of_questions(edition, now, planned.asked_since)
    if edition.is_published and user.has_perm(SEE_CAMPAIGNS):
        for campaign in planned.campaigns:
            url = reverse("programme-staff:campaign", args=[edition.slug, campaign.pk])
            text = _("Email to people selected: “%(subject)s”") % {"subject": campaign.subject}
            yield PlannedEmails(campaign.send_at, text, url, campaign)
    if planned.has_invitations and user.has_perm(SEE_INVITATIONS):
        yield from invitations_from(edition, now)


def questions_from(user: User, asking: AskingEdition) -> Iterator[PlannedEmails]:
    """Yield the question whether people still come, and its reminder."""
    slug, rule = asking.edition.slug, asking.rule
    people = reverse("programme-staff:participants", args=[slug])
    may_read = user.has_perm(PERMISSION)
    url = reverse("programme-staff:ready-list", args=[slug, "not-answered"]) if may_read else people
    question, reminder = (CountedQuestion(asking, it) for it in ComingEmail)
    texts = {question: _("Are you still coming?"), reminder: _("Reminder: are you still coming?")}
    for about, text in texts.items():
        if at := rule.leaves_at(about.email):
            yield PlannedEmails(at, text, url, about)


def reminders_of_questions(
    edition: Edition, now: dt.datetime, asked_since: dt.datetime | None
) -> Iterator[PlannedEmails]:
    """Yield the reminder of questions that were added, the latest at `asked_since`, unless it has left already."""
    is_on = edition.sends_reminders and edition.phase(now) is Phase.ON
    if asked_since is None or not is_on:
        return
    at = leaves_at(asked_since, asked_since)
    if at > now:
        url = reverse("programme-staff:questions", args=[edition.slug])
        in_the_morning = edition.quiet_hours.end_after(at, edition.zone)
        yield PlannedEmails(in_the_morning, _("Questions that people have not answered"), url, CountedReminder(at))


def invitations_from(edition: Edition, now: dt.datetime) -> Iterator[PlannedEmails]:
    """Yield the reminders of invitations, all of a day together. One query."""
    times: dict[dt.date, list[dt.datetime]] = defaultdict(list)
    for at, _invitation in reminders_to_come(edition, now):
        leaves_at = edition.quiet_hours.end_after(at, edition.zone)
        times[local_day(leaves_at, edition.zone)].append(leaves_at)
    url = reverse("programme-staff:invitations", args=[edition.slug])
    for of_day in times.values():
        yield PlannedEmails(of_day[0], _("Reminders of invitations that nobody has used"), url, len(of_day))


def n_people(edition: Edition, emails: Sequence[PlannedEmails], now: dt.datetime) -> list[int]:
    """Return how many people are told of the changes as they are now, or reminded. Three queries for 1,000 differences."""
    return [n_readers(it.about, edition, now) for it in emails]


def n_readers(about: Any, edition: Edition, now: dt.datetime) -> int:
    if about is None:
        return len({diff.participant_id for diff in news_to_tell(edition, now)})
    if isinstance(about, CountedReminder):
        return n_to_remind(edition, about.at)
    if isinstance(about, PlannedCampaign):
        return n_recipients(edition, about.pk, now)
    return n_to_email(about.asking, about.email) if isinstance(about, CountedQuestion) else int(about)


def register() -> None:
    EMAIL_PLANS.append(EmailPlan(news, n_people))
