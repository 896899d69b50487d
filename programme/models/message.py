import datetime as dt
import uuid
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.user import User


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: dt.datetime) -> Self:
        """Those to be tried now, oldest first."""
        return self.filter(state=Message.State.QUEUED, due_at__lte=now).order_by("due_at", "pk")


class Message(models.Model):
    """One e-mail to one person. The row is written in the transaction of what it tells; a worker delivers it.

    A sensitive one (a code, a personal link) loses its text once it is sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    message_id = models.UUIDField(_("identity"), default=uuid.uuid4, unique=True, editable=False)
    to = models.EmailField(_("to"))
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="messages", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    reply_to = models.EmailField(_("replies to"), blank=True)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    expires_at = models.DateTimeField(
        _("useless from"), null=True, blank=True, help_text=_("Not sent any more then: a code, say.")
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="queued"), name="message_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.kind if self.is_sensitive else self.subject} → {self.to}"
