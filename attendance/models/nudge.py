"""Nudges: emails to people who are missing from a running session."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import OnePersonLog
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition


class Nudge(OnePersonLog):
    """A record that a person missing from a running session was sent an email. Each person gets one per session."""

    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("nudge")
        verbose_name_plural = _("nudges")
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(fields=["participant", "session"], name="nudge_once"),
        ]
