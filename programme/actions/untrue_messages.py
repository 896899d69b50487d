"""Withdraw queued messages that no longer hold.

A message about sessions is checked against them just before it is sent, and whenever changes are collected; a question whether
somebody still comes, a reminder of questions, and what organisers write to many, just before it is sent. If the person still has to be told,
a new message replaces the withdrawn one. The next round plans reminders and notices again; emails about
registrations and seats are written here.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from programme.actions import registration_mails, seat_mails
from programme.models import Announcement, Edition
from programme.queries.campaigns import untrue_campaign_emails
from programme.queries.coming import untrue_questions
from programme.queries.question_reminders import untrue_reminders
from programme.queries.untrue_messages import untrue
from udtacademy.outbox.models import Message


def still_true(batch: Sequence[Message]) -> list[Message]:
    """Return the messages of a leased batch that still hold; withdraw the others.

    One query if all hold, and those of `untrue_questions`, `untrue_reminders` and `untrue_campaign_emails`.
    """
    if not batch:
        return []
    now = timezone.now()
    reasons = untrue(Announcement.objects.filter(message__in=[it.pk for it in batch]), now)
    reasons |= untrue_questions(batch, now) | untrue_reminders(batch, now) | untrue_campaign_emails(batch)
    if reasons:
        take_back(reasons, lease=batch[0].lease)
    return [it for it in batch if it.pk not in reasons]


def take_back_waiting(edition: Edition) -> int:
    """Withdraw an edition's queued messages that no longer hold. Return how many."""
    waiting = Announcement.objects.queued().filter(edition=edition, message__lease=None)
    reasons = untrue(waiting, timezone.now())
    return take_back(reasons, lease=None)


def take_back_held(edition: Edition, people: Collection[int]) -> int:
    """Withdraw the notices of changes that wait for the morning, of people (primary keys) with more news. Return how many.

    What they said is news again, so that one email tells all.
    """
    if edition.quiet_hours.is_off:
        return 0
    held = Announcement.objects.queued().filter(
        edition=edition,
        participant__in=people,
        message__kind="changed",
        message__lease=None,
        message__n_attempts=0,
        message__leaves_at__gt=timezone.now(),
    )
    reason = gettext("More has changed: one email tells all of it.")
    return take_back({it.message_id: reason for it in held.only("message") if it.message_id}, lease=None)


@transaction.atomic
def take_back(reasons: dict[int, str], *, lease: UUID | None) -> int:
    """Mark messages (reasons by primary key) as outdated, and write again what nobody else would. Return how many.

    Only messages under this lease; None: those not leased.
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
    numbers: dict[str, list[int]] = defaultdict(list)
    for message in messages:
        numbers[reasons[message.pk]].append(message.pk)
    return numbers
