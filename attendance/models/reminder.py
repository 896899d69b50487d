"""Reminders of sessions, sent or skipped."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import OnePersonLog
from attendance.rules.reminders import SkipReason
from programme.models import Session
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.outbox.models import Message


class Reminder(OnePersonLog):
    """A record that a person was reminded of a session, or was not and why: one for each offset and start.

    The row is the right to send the email: two processes that try make only one row, and `claim` says whose it is.
    """

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        SKIPPED = "skipped", _("skipped")

    class Reason(models.TextChoices):
        CANCELLED = SkipReason.CANCELLED, _("the session is cancelled")
        TENTATIVE = SkipReason.TENTATIVE, _("the session is tentative")
        SWITCHED_OFF = SkipReason.SWITCHED_OFF, _("reminders are switched off")
        NO_SEAT = SkipReason.NO_SEAT, _("no seat in the session")
        EXCUSED = SkipReason.EXCUSED, _("excused, or attendance already decided")
        MUTED = SkipReason.MUTED, _("gets reminders of core sessions only")
        REGISTERED_LATER = SkipReason.REGISTERED_LATER, _("registered later")
        COVERED = SkipReason.COVERED, _("has just been sent the new time")
        CHANGING = SkipReason.CHANGING, _("must be sent a change first")
        TOO_LATE = SkipReason.TOO_LATE, _("could not be sent in time")

    offset_minutes = models.PositiveIntegerField(_("minutes before"))
    starts_at = models.DateTimeField(_("start of the session at the time"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    reason = models.CharField(_("reason for skipping"), max_length=20, choices=Reason, blank=True)
    claim = models.UUIDField(default=uuid.uuid4, editable=False)
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="reminder", verbose_name=_("message")
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(
                fields=["session", "offset_minutes", "starts_at", "participant"], name="reminder_once_for_a_start"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", reason="") | (Q(state="skipped") & ~Q(reason="")),
                name="reminder_skipped_for_a_reason",
            ),
        ]


class ReminderRound(models.Model):
    """A record that one offset of a session with this start is done for everybody and need not be checked again."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="+", verbose_name=_("session"))
    offset_minutes = models.PositiveIntegerField(_("minutes before"))
    starts_at = models.DateTimeField(_("start of the session at the time"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "offset_minutes", "starts_at"], name="reminder_round_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session}, {self.offset_minutes}"
