"""Send campaigns (decision 55).

A campaign leaves in steps, each with a commit of its own, so that a killed worker loses nothing and the next one goes on: first
its recipients are worked out and saved, then their messages are written to the outbox, some at a time. The lock of the campaign
lets one process at a time work on it; the recipient's row and the message's key refuse a second message to anybody.
"""

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from programme.actions.campaigns import check_text, composed
from programme.actions.locks import lock_campaign
from programme.errors import ProgrammeError
from programme.models import Campaign, CampaignRecipient, Participant
from programme.queries.campaigns import with_all
from programme.queries.exclusions import HELD_TOO_LONG, with_reason
from programme.queries.selections import people_of
from programme.selections import Selection
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import post

logger = logging.getLogger(__name__)

AT_A_TIME = 500  # messages in one transaction
LATEST = dt.timedelta(days=1)  # after its time a campaign still leaves
State = Campaign.State


def send_due_campaigns() -> int:
    """Send the campaigns that are due, or were interrupted. Return how many messages were written.

    Raises an ExceptionGroup of what failed, once all had their turn.
    """
    n_written, errors = 0, []
    for campaign in Campaign.objects.due(timezone.now()).select_related("edition"):
        try:
            n_written += send_campaign(campaign)
        except Exception as error:
            logger.exception("Sending campaign %s failed", campaign.pk)
            errors.append(error)
    if errors:
        msg = "Some campaigns could not be sent"
        raise ExceptionGroup(msg, errors)
    return n_written


def send_campaign(campaign: Campaign) -> int:
    """Send a campaign that is due, or go on with it. Return how many messages were written."""
    n_written = 0
    if begin(campaign):
        while n := write_some(campaign):
            n_written += n
    return n_written


@transaction.atomic
def begin(campaign: Campaign) -> bool:
    """Save the recipients of a campaign that is planned. Return whether it is being sent.

    It is cancelled, with the problem, if its selection or a placeholder is no longer there, or its time is long over. Four statements, and those of the selection.
    """
    locked, now = lock_campaign(campaign), timezone.now()
    if not locked.edition.is_published:
        return False
    if not locked.is_planned or locked.send_at is None or locked.send_at > now:
        return locked.state == State.SENDING
    try:
        check_still_leaves(locked, now)
        rows = recipients(locked, now)
    except ProgrammeError as error:
        locked.state, locked.ended_at, locked.problem = State.CANCELLED, now, str(error)[:300]
        locked.save(update_fields=["state", "ended_at", "problem"])
        return False
    CampaignRecipient.objects.bulk_create(rows)
    locked.state, locked.began_at = State.SENDING, now
    locked.save(update_fields=["state", "began_at"])
    return True


def check_still_leaves(campaign: Campaign, now: dt.datetime) -> None:
    """Raise ProgrammeError if the time to leave is long over, as nothing was sent or the edition unpublished, or its text makes no sense."""
    check_text(campaign)
    if campaign.send_at is not None and now - campaign.send_at > LATEST:
        text = _("It could not leave within a day of its time. Copy it to send it now.")
        raise ProgrammeError(text, code="too_late")


def recipients(campaign: Campaign, now: dt.datetime) -> list[CampaignRecipient]:
    """Return the rows of everybody selected now, not saved, by city. Raises NoSelectionError. One query, and the selection's."""
    selected: Any = with_reason(people_of(campaign.edition, Selection.from_json(campaign.selection), now))
    return [
        CampaignRecipient(campaign=campaign, edition_id=campaign.edition_id, participant_id=pk, left_out=reason)
        for pk, reason in selected.order_by("delegation", "pk").values_list("pk", "left_out")
    ]


@transaction.atomic
def write_some(campaign: Campaign) -> int:
    """Write the next messages of a campaign that is being sent. Return how many; once there are none, it is sent.

    Whom an exclusion concerns by now is left out. While the edition is not published, nothing is written; once that has lasted until
    a day after it began to leave, all the others are left out.
    """
    locked, now = lock_campaign(campaign), timezone.now()
    if locked.state != State.SENDING or not locked.edition.is_published:
        return 0
    if locked.began_at is not None and now - locked.began_at > LATEST:
        locked.recipients.to_write().update(left_out=HELD_TOO_LONG)
    rows = {it.participant_id: it for it in locked.recipients.to_write().order_by("pk")[:AT_A_TIME]}
    if not rows:
        locked.state, locked.ended_at = State.SENT, now
        locked.save(update_fields=["state", "ended_at"])
        return 0
    people = list(with_all(with_reason(Participant.objects.filter(pk__in=rows))).order_by("pk"))
    leave_out([rows[it.pk] for it in people if it.left_out], {it.pk: it.left_out for it in people})
    readers = [it for it in people if not it.left_out]
    post(composed(locked, readers, now), is_once=True, by=locked.by)
    link_messages(locked, [rows[it.pk].pk for it in readers])
    return len(rows)


def leave_out(rows: list[CampaignRecipient], reasons: dict[int, str]) -> None:
    for row in rows:
        row.left_out = reasons[row.participant_id]
    CampaignRecipient.objects.bulk_update(rows, ["left_out"])


def link_messages(campaign: Campaign, numbers: list[int]) -> None:
    """Link recipients (primary keys) with their messages, also with those that were written before: the key finds them."""
    key = Concat(Value(campaign.key_prefix), Cast(OuterRef("participant"), CharField()))
    message = Subquery(Message.objects.filter(dedupe_key=key).order_by().values("pk")[:1])
    CampaignRecipient.objects.filter(pk__in=numbers).update(message=message)
