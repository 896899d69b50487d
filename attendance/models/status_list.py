"""The numbers under which digital credentials are listed as revoked or not (decision 71)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models.certificate import Certificate
from attendance.rules.status_lists import ENTRIES
from attendance.triggers import keeps_every_row


class StatusListEntryQuerySet(models.QuerySet["StatusListEntry"]):
    def revoked(self) -> Self:
        return self.filter(Q(certificate=None) | Q(certificate__revoked_at__isnull=False))


class StatusListEntry(models.Model):
    """A certificate's number in a status list: drawn by lot, so that it says nothing about whose it is or when it was issued.

    `certificate`: None once it is deleted. The number is not given to another one, and counts as revoked.
    """

    certificate = models.OneToOneField(
        Certificate, models.SET_NULL, null=True, related_name="status_entry", verbose_name=_("certificate")
    )
    list_number = models.PositiveIntegerField(_("status list"))
    index = models.PositiveIntegerField(_("number in it"))

    objects = StatusListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of a status list")
        verbose_name_plural = _("entries of status lists")
        ordering = ["list_number", "index"]
        constraints = [
            models.UniqueConstraint(fields=["list_number", "index"], name="status_list_entry_once"),
            models.CheckConstraint(condition=Q(index__lt=ENTRIES), name="status_list_entry_within"),
        ]
        triggers = keeps_every_row()

    def __str__(self) -> str:
        return f"{self.list_number}/{self.index}"
