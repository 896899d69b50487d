from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from udtacademy.accounts.models.user import User
from udtacademy.db.fields import validate_readable


class NoticeQuerySet(models.QuerySet["Notice"]):
    def open(self) -> Self:
        return self.filter(state=Notice.State.OPEN)


class Notice(models.Model):
    """A notice of changes: one email to each person concerned about what changed in an edition within 15 minutes."""

    class State(models.TextChoices):
        OPEN = "open", _("to be sent")
        SENT = "sent", _("sent")
        DROPPED = "dropped", _("discarded")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="notices", verbose_name=_("edition"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    note = models.TextField(
        _("note"),
        max_length=2000,
        blank=True,
        validators=[validate_readable],
        help_text=_("Shown above the list of changes. Optional."),
    )
    about = models.JSONField(
        _("sessions the note is about"),
        default=list,
        db_default=Value([], models.JSONField()),
        editable=False,
        help_text=_("The primary keys of the sessions that had changed when the note was written."),
    )
    opened_at = models.DateTimeField(_("first change"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    settled_at = models.DateTimeField(_("sent or discarded"), null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    changes = models.JSONField(_("changes"), default=list)
    n_people = models.PositiveIntegerField(_("people"), default=0)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of changes")
        verbose_name_plural = _("notices of changes")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition"], condition=Q(state="open"), name="notice_one_open_in_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.edition}, {self.opened_at:%Y-%m-%d %H:%M}"

    def note_about(self, sessions: Collection[int]) -> str:
        """Return the note if it was written about changes of any of these sessions (primary keys), otherwise ""."""
        return self.note if set(self.about) & set(sessions) else ""
