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
    """A record that a person was reminded of a session, or was not and why: once for each lead and start.

    The row is the right to write the e-mail: two processes that try make one row, and `claim` says whose it is.
    """

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        SKIPPED = "skipped", _("skipped")

    class Reason(models.TextChoices):
        CANCELLED = SkipReason.CANCELLED, _("the session was cancelled")
        TENTATIVE = SkipReason.TENTATIVE, _("its date is not confirmed")
        SWITCHED_OFF = SkipReason.SWITCHED_OFF, _("reminders are switched off")
        NO_SEAT = SkipReason.NO_SEAT, _("has no seat in it")
        EXCUSED = SkipReason.EXCUSED, _("excused, or done already")
        MUTED = SkipReason.MUTED, _("wants no reminders of optional sessions")
        REGISTERED_LATER = SkipReason.REGISTERED_LATER, _("registered later")
        COVERED = SkipReason.COVERED, _("was told its time just then")
        CHANGING = SkipReason.CHANGING, _("is to be told of a change first")
        TOO_LATE = SkipReason.TOO_LATE, _("could not be sent while it was of use")

    offset_minutes = models.PositiveIntegerField(_("minutes before"))
    starts_at = models.DateTimeField(_("session's start then"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    reason = models.CharField(_("why not"), max_length=20, choices=Reason, blank=True)
    claim = models.UUIDField(default=uuid.uuid4, editable=False)
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="reminder", verbose_name=_("e-mail")
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
    """A record that everybody has been dealt with for one offset of a session at this start, so it needs no further look."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="+", verbose_name=_("session"))
    offset_minutes = models.PositiveIntegerField(_("minutes before"))
    starts_at = models.DateTimeField(_("session's start then"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "offset_minutes", "starts_at"], name="reminder_round_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session}, {self.offset_minutes}"
