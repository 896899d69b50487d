"""Recompute attendance when a session's times or an edition's rules change. `programme` may not import attendance."""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from attendance.actions.attendances import recompute_edition, recompute_session
from programme.models import Edition, Session

# The fields that attendance depends on (`attendance_records.terms_of`), and what recomputes it.
FIELDS: dict[type[Model], tuple[str, ...]] = {
    Session: ("starts_at", "ends_at"),
    Edition: ("attendance_share", "late_tolerance_minutes", "click_counts", "join_opens_minutes"),
}
RECOMPUTE: dict[type[Model], Callable[[Any], int]] = {Session: recompute_session, Edition: recompute_edition}

# The values before the save in progress. Every save replaces them, so a failed save has no effect on the next. No receiver may
# save another session or edition between `pre_save` and `post_save`: it would replace them.
before_save: ContextVar[tuple[object, ...] | None] = ContextVar("before_save", default=None)


@receiver(pre_save, sender=Session)
@receiver(pre_save, sender=Edition)
def remember_values(
    sender: type[Model], instance: Model, update_fields: Collection[str] | None = None, **_more: Any
) -> None:
    """Remember the fields' values in the database, unless the row is new or the save leaves them out."""
    fields = FIELDS[sender]
    is_concerned = instance.pk and (update_fields is None or not set(fields).isdisjoint(update_fields))
    before_save.set(locked(sender, instance.pk).values_list(*fields).first() if is_concerned else None)


def locked(model: type[Model], pk: int) -> QuerySet[Model]:
    """Return a row, locked if a transaction is open, so that nobody else changes it before the save does."""
    rows = model._default_manager.filter(pk=pk).order_by("pk")  # the default order would join, and lock, other tables
    return rows.select_for_update(no_key=True) if connection.in_atomic_block else rows


@receiver(post_save, sender=Session)
@receiver(post_save, sender=Edition)
def recompute_if_changed(sender: type[Model], instance: Model, **_more: Any) -> None:
    """Recompute attendance if the save changed a field that it depends on."""
    before = before_save.get()
    if before is not None and before != tuple(getattr(instance, field) for field in FIELDS[sender]):
        RECOMPUTE[sender](instance)
