"""To whom organisers have written lately."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from programme.models import Edition
from udtacademy.outbox.models import Message

IN_VAIN = {Message.State.CANCELLED, Message.State.OUTDATED, Message.State.FAILED}
CAMPAIGN_TEST = "campaign_test"  # the kind of a message to oneself


def written_to_since(edition: Edition, since: dt.datetime) -> Q:
    """Return the condition on participants that somebody sent them an email about the edition by hand since a moment.

    Emails that leave by themselves, such as reminders, do not count, nor those that were not delivered.
    """
    emails = Message.objects.filter(user=OuterRef("user"), context=edition, created_at__gte=since)
    by_hand = emails.filter(sent_by__isnull=False).exclude(Q(state__in=IN_VAIN) | Q(kind=CAMPAIGN_TEST))
    return Q(Exists(by_hand.order_by()))
