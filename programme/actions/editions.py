"""Publish an edition."""

from collections.abc import Collection

from django.db import transaction

from programme.actions.checklists import tick_item
from programme.actions.sessions import look_for_changes
from programme.models import ChecklistItem, Edition
from udtacademy.accounts.models import User
from udtacademy.db.history import acting


@transaction.atomic
def publish_edition(*, edition: Edition, done: Collection[int], by: User) -> bool:
    """Make an edition public, and tick what is `done` of its checklist (primary keys). Return whether that is new.

    Other items stay open: they are for the organisers to decide.
    """
    locked = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    is_published = ChecklistItem.Kind.PUBLICATION
    for item in locked.checklist.open():
        if item.pk in done or item.kind == is_published:
            tick_item(item=item, by=by)
    if locked.is_published:
        return False
    with acting(by):
        locked.is_published = True
        locked.save(update_fields=["is_published"])
    look_for_changes()
    return True
