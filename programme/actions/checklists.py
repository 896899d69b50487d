"""Tick what was checked in an edition that was copied from another one."""

from django.db import transaction
from django.utils import timezone

from programme.models import ChecklistItem
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def tick_item(*, item: ChecklistItem, by: User) -> bool:
    """Tick an item. Return whether that changed anything: who ticked it first stays."""
    with acting(by):
        return bool(ChecklistItem.objects.open().filter(pk=item.pk).update(ticked_at=timezone.now(), ticked_by=by))


@transaction.atomic
def untick_item(*, item: ChecklistItem, by: User) -> bool:
    """Take a tick back. Return whether that changed anything. The history keeps who had ticked it."""
    with acting(by):
        ticked = ChecklistItem.objects.filter(pk=item.pk, ticked_at__isnull=False)
        return bool(ticked.update(ticked_at=None, ticked_by=None))
