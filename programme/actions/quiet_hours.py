"""Let emails that wait for the morning follow a change of their edition's quiet hours (decision 56)."""

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from programme.models import Announcement, Edition
from programme.queries.quiet_hours import beginnings, zone_of
from udtacademy.outbox.models import Message
from udtacademy.outbox.queue import ask_for_delivery

if TYPE_CHECKING:
    import datetime as dt


NO_LATER = frozenset(
    {"changed", "seat_lost"}
)  # kinds about sessions whose beginnings, as readers knew them, are not stored


@transaction.atomic
def move_held_emails(*, edition: Edition) -> int:
    """Let the emails of an edition that wait for the morning leave when the quiet hours of today say. Return how many were moved.

    One that expires or is about a session that begins meanwhile leaves at once, as when it was written. Emails that leave at once do not come to wait.
    """
    now = timezone.now()
    held = Message.objects.queued().filter(context=edition, leaves_at__gt=now, lease=None).select_related("user")
    messages = list(held.defer("text", "content").select_for_update(of=["self"]).order_by("pk"))
    begins: dict[int, list[dt.datetime]] = defaultdict(list)
    for it in Announcement.objects.filter(message__in=messages).select_related("session"):
        begins[it.message_id or 0] += beginnings([it, it.session], edition)
    moved: dict[dt.datetime | None, list[int]] = defaultdict(list)
    for message in messages:
        moments = [*begins[message.pk], *([message.expires_at] if message.expires_at else [])]
        leaves_at = edition.quiet_hours.leaves_at(now, zone_of(message.user, edition), moments)
        if message.kind in NO_LATER and message.leaves_at:
            leaves_at = min(leaves_at, message.leaves_at)
        if leaves_at != message.leaves_at:
            moved[leaves_at if leaves_at > now else None].append(message.pk)
    for at, numbers in moved.items():
        Message.objects.filter(pk__in=numbers).update(leaves_at=at)
    if moved:
        transaction.on_commit(ask_for_delivery, robust=True)
    return sum(map(len, moved.values()))
