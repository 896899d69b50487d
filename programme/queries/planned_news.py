"""The notice of changes and the reminders of invitations that will leave by themselves."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from programme.models import Edition, Invitation, Notice
from programme.models.invitation import InvitationQuerySet
from programme.queries.invitations import facts_of, with_facts
from programme.rules.invitations import REMIND_AFTER, is_due


def notice_and_invitations(edition: Edition, now: dt.datetime) -> tuple[dt.datetime | None, bool]:
    """Return when the notice of changes is due, if one waits, and whether people may be reminded of invitations. One query."""
    facts = news_facts(now)
    row = Edition.objects.filter(pk=edition.pk).annotate(**facts)
    notice_due_at, has_invitations = row.values_list(*facts).get()
    return notice_due_at, has_invitations


def news_facts(now: dt.datetime) -> dict[str, Any]:
    """Return `notice_due_at` and `has_invitations`, which `notice_and_invitations` returns, to annotate an edition with."""
    notices = Notice.objects.open().filter(edition=OuterRef("pk"))
    invitations = not_reminded(now).filter(delegation__edition=OuterRef("pk"))
    return {"notice_due_at": Subquery(notices.values("due_at")[:1]), "has_invitations": Exists(invitations)}


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
