"""Taking back what does not hold any more, before it is sent.

A message that speaks of sessions is compared with them right before it is handed over, and whenever changes are looked
for. What is taken back is written anew by whoever wrote it: reminders and notices are derived again, as nobody was told;
e-mails about taking part and about seats are written here.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from programme.actions import registration_mails, seat_mails
from programme.models import Announcement, Edition
from programme.queries.untrue_messages import untrue
from udtacademy.outbox.models import Message


def still_true(batch: Sequence[Message]) -> list[Message]:
    """Return those of a leased batch that can be sent; the others are taken back. One query where all can be."""
    if not batch:
        return []
    reasons = untrue(Announcement.objects.filter(message__in=[it.pk for it in batch]), timezone.now())
    if reasons:
        take_back(reasons, lease=batch[0].lease)
    return [it for it in batch if it.pk not in reasons]


def take_back_waiting(edition: Edition) -> int:
    """Take back what waits to be sent, and does not hold any more, of one edition. How many messages."""
    waiting = Announcement.objects.queued().filter(edition=edition, message__lease=None)
    reasons = untrue(waiting, timezone.now())
    return take_back(reasons, lease=None)


@transaction.atomic
def take_back(reasons: dict[int, str], *, lease: UUID | None) -> int:
    """Mark messages, by their numbers, as overtaken, with the reason; write anew what nobody else would. How many.

    Only those that are still under the lease, or nobody's: None.
    """
    messages = Message.objects.queued().filter(pk__in=reasons, lease=lease)
    locked = list(messages.select_for_update(of=["self"], no_key=True).order_by("pk").defer("content", "text"))
    for reason, some in by_reason(locked, reasons).items():
        Message.objects.filter(pk__in=some).update(state=Message.State.OUTDATED, lease=None, last_error=reason[:300])
    for message in locked:
        registration_mails.write_again(message)
    seat_mails.write_again(locked)
    return len(locked)


def by_reason(messages: Collection[Message], reasons: dict[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for message in messages:
        found[reasons[message.pk]].append(message.pk)
    return found
