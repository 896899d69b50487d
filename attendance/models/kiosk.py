"""Devices at an entrance that scan badges, without anybody signed in."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Edition, Session
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.encrypted_fields import hash_of
from udtacademy.db.history import tracked


class KioskQuerySet(models.QuerySet["Kiosk"]):
    def with_people(self) -> Self:
        """Select what a list of kiosks shows."""
        return self.select_related("edition", "session", "made_by", "revoked_by")

    def of_link(self, token: str) -> Self:
        """Return the kiosk whose link has this token, also if it was used or revoked."""
        return self.filter(link_hash=hash_of(token))

    def of_key(self, key: str) -> Self:
        """Return the kiosk of the device that has this key."""
        return self.filter(key_hash=hash_of(key))


@tracked(leaving_out=["link_hash", "key_hash", "last_used_at"])
class Kiosk(models.Model):
    """A device that may check people in at one session, or at all sessions in person of a day, until that day is over.

    Its link works once and gives the device a key. Only hashes of both are stored.
    """

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("edition"), editable=False)
    name = models.CharField(_("name"), max_length=60)
    day = models.DateField(_("day"))
    session = models.ForeignKey(
        Session, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("session")
    )
    expires_at = models.DateTimeField(_("expires"))
    link_hash = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    key_hash = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    made_at = models.DateTimeField(_("added"), default=timezone.now)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )

    objects = KioskQuerySet.as_manager()

    class Meta:
        verbose_name = _("kiosk")
        verbose_name_plural = _("kiosks")
        ordering = ["-made_at", "-pk"]
        constraints = [
            *of_one_edition("session"),
            models.UniqueConstraint(fields=["id", "edition"], name="kiosk_with_edition"),  # what evidence refers to
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="kiosk_revoked_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    def has_expired(self, now: dt.datetime) -> bool:
        return self.expires_at <= now

    def can_be_opened(self, now: dt.datetime) -> bool:
        """Return whether its link works: for one device."""
        return self.opened_at is None and self.works(now)

    def works(self, now: dt.datetime) -> bool:
        """Return whether it may check people in."""
        return not self.is_revoked and not self.has_expired(now)
