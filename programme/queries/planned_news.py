"""The notice of changes and the reminders of invitations that will leave by themselves."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from programme.models import Campaign, Edition, Invitation, Notice, Question
from programme.models.invitation import InvitationQuerySet
from programme.queries.coming import AskingEdition, asking_by
from programme.queries.in_person_days import coming_facts
from programme.queries.invitations import facts_of, with_facts
from programme.rules.invitations import REMIND_AFTER, is_due


@dataclass(frozen=True)
class PlannedCampaign:
    """A campaign that leaves by itself."""

    pk: int
    subject: str
    send_at: dt.datetime


@dataclass(frozen=True)
class PlannedNews:
    """When the notice of changes is due, if one waits, whether people may be reminded of invitations, who is asked
    whether they still come, since when the latest own question is asked, and the campaigns that are planned.
    """

    notice_due_at: dt.datetime | None
    has_invitations: bool
    asking: AskingEdition | None
    asked_since: dt.datetime | None
    campaigns: Sequence[PlannedCampaign] = ()


def planned_news(edition: Edition, now: dt.datetime) -> PlannedNews:
    """Return the news of an edition. One query."""
    facts = news_facts(now)
    return news_by(edition, Edition.objects.filter(pk=edition.pk).annotate(**facts).values(*facts).get())


def news_by(edition: Edition, facts: Mapping[str, Any]) -> PlannedNews:
    """Return the same, from `news_facts`."""
    campaigns = [
        PlannedCampaign(it["pk"], it["subject"], dt.datetime.fromisoformat(it["send_at"]))
        for it in facts["campaigns_due"]
    ]
    asking = asking_by(edition, facts)
    return PlannedNews(facts["notice_due_at"], facts["has_invitations"], asking, facts["asked_since"], campaigns)


def news_facts(now: dt.datetime) -> dict[str, Any]:
    """Return what `news_by` needs, to annotate an edition with."""
    notices = Notice.objects.open().filter(edition=OuterRef("pk"))
    invitations = not_reminded(now).filter(delegation__edition=OuterRef("pk"))
    added = Question.objects.own().open().filter(edition=OuterRef("pk")).order_by("-asked_since")
    campaigns = Campaign.objects.planned().filter(edition=OuterRef("pk")).order_by("send_at", "pk")
    news = {
        "notice_due_at": Subquery(notices.values("due_at")[:1]),
        "has_invitations": Exists(invitations),
        "campaigns_due": ArraySubquery(
            campaigns.values(json=JSONObject(pk="pk", subject="subject", send_at="send_at"))
        ),
        "asked_since": Subquery(added.values("asked_since")[:1]),
    }
    return news | coming_facts()


def not_reminded(now: dt.datetime) -> InvitationQuerySet:
    """Return the invitations that can be used now, and whose people were not reminded by itself."""
    return Invitation.objects.open(now).filter(~Q(email=""), ~Q(emails__is_by_hand=False))


def reminders_to_come(edition: Edition, now: dt.datetime) -> list[tuple[dt.datetime, Invitation]]:
    """Return the invitations whose people will be reminded as things stand, each with when that is due, the next first.

    One query; none while nobody can register, now or later.
    """
    opens_at, closes_at = edition.registration_opens_at, edition.registration_closes_at
    if not edition.is_published or opens_at is None or (closes_at and closes_at <= now) or edition.is_over(now):
        return []
    planned = []
    for invitation in with_facts(not_reminded(now).filter(delegation__edition=edition), now).order_by("pk"):
        sent_at = facts_of(invitation, now).sent_at
        at = max(sent_at + REMIND_AFTER, opens_at) if sent_at else None
        if at and now < at < invitation.expires_at and is_due(facts_of(invitation, at), at):
            planned.append((at, invitation))
    return sorted(planned, key=lambda it: it[0])
