"""What the programme does not know of: attendance follows when a session's times or an edition's rules change."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from attendance.actions.attendances import recompute_edition, recompute_session
from programme.models import Edition, Session


@receiver(post_save, sender=Session)
def session_saved(instance: Session, *, created: bool, **_more: Any) -> None:
    if not created:
        recompute_session(instance)


@receiver(post_save, sender=Edition)
def edition_saved(instance: Edition, *, created: bool, **_more: Any) -> None:
    if not created:
        recompute_edition(instance)
