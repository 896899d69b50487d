"""What came back of our emails, the addresses that get none because of it, and how far the mailbox is read (decision 0054)."""

import datetime as dt
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from udtacademy.db.address_fields import AddressField
from udtacademy.db.history import tracked

SHOWN_FOR = dt.timedelta(days=30)  # how long what came back is counted on pages


def keeps_what_came_back() -> pgtrigger.Trigger:
    """Return a trigger for ReturnedMail that refuses changes, but for removing the server's words when they are old."""
    return pgtrigger.Trigger(
        name="keeps_what_came_back",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            IF NEW.answer = '' AND to_jsonb(NEW) - 'answer' = to_jsonb(OLD) - 'answer' THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is added to, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        """,
    )


class ReturnedMailQuerySet(models.QuerySet["ReturnedMail"]):
    def soft_lately(self, now: dt.datetime) -> Self:
        """Return emails that did not arrive for now, of the last 30 days."""
        return self.filter(kind=ReturnedMail.Kind.SOFT, received_at__gt=now - SHOWN_FOR)


class ReturnedMail(models.Model):
    """A report that one of our emails came back, or that its reader complained. Only added to.

    `address`: to which the email was sent, whatever the report names; `report`: identifies the report, so that it counts once.
    """

    class Kind(models.TextChoices):
        HARD = "hard", _("the address does not work")
        SOFT = "soft", _("did not arrive for now")
        COMPLAINT = "complaint", _("marked as spam")

    class Source(models.TextChoices):
        MAILBOX = "mailbox", _("mailbox")
        WEBHOOK = "webhook", _("mail provider")
        REFUSAL = "refusal", _("mail server, at once")

    message = models.ForeignKey("outbox.Message", models.CASCADE, related_name="returned", verbose_name=_("email"))
    address = AddressField(_("address"))
    kind = models.CharField(_("what came back"), max_length=10, choices=Kind)
    status = models.CharField(_("status code"), max_length=11, blank=True)
    answer = models.CharField(_("server’s words"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    report = models.CharField(_("report"), max_length=64, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    objects = ReturnedMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("returned email")
        verbose_name_plural = _("returned emails")
        ordering = ["-received_at", "-pk"]
        indexes = [models.Index(fields=["address", "-received_at"], name="returned_of_address")]
        constraints = [models.UniqueConstraint(fields=["message", "report"], name="returned_once")]
        triggers = [keeps_what_came_back()]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_kind_display()}"


class StoppedAddressQuerySet(models.QuerySet["StoppedAddress"]):
    def active(self) -> Self:
        """Return the addresses that get no emails now."""
        return self.filter(tried_again_at=None)


@tracked(leaving_out=["status", "answer"])
class StoppedAddress(models.Model):
    """An address that gets only the emails its reader asks for, such as codes: emails came back, or the reader complained.

    Once it is tried again, only emails that left after that can stop it again.
    """

    class Cause(models.TextChoices):
        BOUNCE = "bounce", _("emails to it come back")
        COMPLAINT = "complaint", _("its reader marked an email as spam")

    address = AddressField(_("address"), unique=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    status = models.CharField(_("status code"), max_length=11, blank=True)
    answer = models.CharField(_("server’s words"), max_length=500, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), default=timezone.now)
    tried_again_at = models.DateTimeField(_("tried again"), null=True, blank=True)
    tried_again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tried again by"),
    )

    objects = StoppedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("stopped address")
        verbose_name_plural = _("stopped addresses")
        ordering = ["-stopped_at", "-pk"]

    def __str__(self) -> str:
        return self.address

    @property
    def is_complaint(self) -> bool:
        return self.cause == self.Cause.COMPLAINT


class MailboxProgress(models.Model):
    """How far a mailbox is read. `name`: its user, server and folder, without the password.

    `leased_until`: a worker reads it until then, so that others leave it alone; `problem`: why it cannot be read.
    """

    name = models.CharField(_("mailbox"), max_length=300, unique=True)
    uid_validity = models.BigIntegerField(_("UIDVALIDITY"), default=0)
    last_uid = models.BigIntegerField(_("last UID"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return self.name


def is_stopped(address: str) -> models.Exists:
    """Return a condition for annotations and filters: the address at this path of the row, such as "user__email", is stopped."""
    return models.Exists(StoppedAddress.objects.active().filter(address=models.OuterRef(address)).order_by())
