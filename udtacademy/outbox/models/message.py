import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from udtacademy.db.encrypted_fields import (
    EncryptedBinaryField,
    EncryptedCharField,
    EncryptedTextField,
    EncryptingModel,
)
from udtacademy.outbox.kinds import kind_label
from udtacademy.outbox.models.returned import ReturnedMail, is_stopped

KEPT = dt.timedelta(days=settings.MESSAGES_KEPT_DAYS)

SEND_ORDER = (F("is_urgent").desc(), F("expires_at").asc(nulls_last=True), F("id").asc())  # as in the index
NEVER_TRIED = Q(state="queued", n_attempts=0)
AT_ONCE = Q(leaves_at__isnull=True)

# Conditions on messages, added by apps: if one is true, a message that is due waits for another message.
WAITS_WHERE: list[Callable[[], Exists]] = []


def erases_secrets() -> pgtrigger.Trigger:
    """Return a trigger for Message that removes codes and personal links once a message is no longer queued."""
    return pgtrigger.Trigger(
        name="erases_secrets",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__is_sensitive=True) & ~pgtrigger.Q(new__state="queued"),
        func="""
            NEW.text := '';
            NEW.content := '';
            NEW.unsubscribe_url := '';
            RETURN NEW;
        """,
    )


class MessageQuerySet(models.QuerySet["Message"]):
    def queued(self) -> Self:
        return self.filter(state=Message.State.QUEUED)

    def may_leave(self) -> Self:
        """Leave out messages that wait for the morning."""
        return self.filter(AT_ONCE | Q(leaves_at__lte=Now()))

    def due(self) -> Self:
        """Return the messages to try now: those somebody waits for, then the first to expire, then the oldest.

        By the database's clock, as workers' clocks differ. A message that was never tried is due whatever its `due_at`,
        but none before it may leave.
        """
        is_due = Q(due_at__lte=Now()) | Q(lease=None, n_attempts=0)
        return (
            self.queued()
            .may_leave()
            .filter(is_due)
            .exclude(*(condition() for condition in WAITS_WHERE))
            .order_by(*SEND_ORDER)
        )

    def with_stopped(self) -> Self:
        """Annotate with `is_to_stopped`: the address is stopped, and its reader does not ask for this email just now.

        They ask for what the pages of accounts send, such as codes: a code that is entered shows that the address works.
        """
        is_asked_for = Q(is_urgent=True, context=None)
        return self.annotate(
            is_to_stopped=ExpressionWrapper(~is_asked_for & Q(is_stopped("to")), models.BooleanField())
        )

    def with_returned(self) -> Self:
        """Annotate with `came_back`: the kind of what came back last, None if nothing did."""
        returned = ReturnedMail.objects.filter(message=OuterRef("pk")).order_by("-pk")
        return self.annotate(came_back=Subquery(returned.values("kind")[:1]))

    def to_empty(self, now: dt.datetime) -> Self:
        """Return the messages whose text is no longer needed."""
        return self.exclude(state=Message.State.QUEUED).filter(created_at__lt=now - KEPT).exclude(text="", content=b"")


class Message(EncryptingModel):
    """One email to one person, saved in the transaction it reports on and delivered by a worker.

    While a worker sends it, it has that worker's `lease`, and is due again when the lease ends. A sensitive message (with a
    code or a personal link) is encrypted, and a trigger removes its text once it is no longer queued; others lose their text
    after MESSAGES_KEPT_DAYS. The subject is never encrypted: put no code or link in it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        OUTDATED = "outdated", _("out of date")
        STOPPED = "stopped", _("not sent, as the address is stopped")

    message_id = models.UUIDField(_("message ID"), default=uuid.uuid4, unique=True, editable=False)
    to = models.EmailField(_("to"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("user"),
    )
    context = models.ForeignKey(
        settings.OUTBOX_CONTEXT_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("about")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # few messages have it: see the index below
        verbose_name=_("sent by"),
        help_text=_("The organiser or coordinator who sent it. Empty for emails sent automatically."),
    )
    kind = models.CharField(_("kind"), max_length=60)
    dedupe_key = models.CharField(
        _("deduplication key"), max_length=120, null=True, blank=True, unique=True, editable=False
    )
    subject = models.CharField(_("subject"), max_length=300)
    text = EncryptedTextField(_("text"), blank=True, only_if="is_sensitive")
    content = EncryptedBinaryField(
        _("complete email"),
        blank=True,
        only_if="is_sensitive",
        help_text=_("As it was sent; empty before that, or if it has no calendar files."),
    )
    unsubscribe_url = EncryptedCharField(_("unsubscribe link"), max_length=500, blank=True, only_if="is_sensitive")
    reply_to = models.EmailField(_("reply-to address"), blank=True)
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    is_urgent = models.BooleanField(
        _("urgent"), default=False, db_default=False, help_text=_("Somebody waits for it, so it is sent before others.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("server’s last reply"), max_length=300, blank=True)
    lease = models.UUIDField(_("lease"), null=True, blank=True, editable=False)
    may_have_arrived = models.BooleanField(
        _("may have arrived"), default=False, db_default=False, help_text=_("The connection broke while it was sent.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(
        _("expires"),
        null=True,
        blank=True,
        help_text=_("It is not sent later than this, for example because a code expires."),
    )
    leaves_at = models.DateTimeField(
        _("leaves"),
        null=True,
        blank=True,
        help_text=_("It waits until then because it is night where its reader is. Empty: it leaves at once."),
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    is_to_stopped = False  # set by `with_stopped`
    came_back: str | None = None  # set by `with_returned`

    records: Sequence[models.Model] = ()  # rows with a field `message`, which `queue.post` sets and saves

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(*SEND_ORDER, condition=models.Q(state="queued"), name="message_turn"),
            models.Index(fields=["due_at"], condition=models.Q(state="failed"), name="message_failed"),
            models.Index(fields=["sent_by"], condition=Q(sent_by__isnull=False), name="message_sent_by"),
            # The state of the outbox (status.py):
            models.Index(fields=["created_at"], condition=NEVER_TRIED & AT_ONCE, name="message_at_once"),
            models.Index(fields=["leaves_at"], condition=NEVER_TRIED & ~AT_ONCE, name="message_in_the_morning"),
            models.Index(fields=["last_error"], condition=NEVER_TRIED & Q(last_error__gt=""), name="message_answer"),
        ]
        triggers = [erases_secrets()]

    def __str__(self) -> str:
        return f"{kind_label(self.kind) if self.is_sensitive else self.subject} → {self.to}"
