"""Reminders of sessions that were sent, and how many people got none and why."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import OnePersonLog
from attendance.rules.reminders import SkipReason
from programme.models import Session
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.outbox.models import Message


class Reminder(OnePersonLog):
    """A record that a person was reminded of a session: one for each offset and start.

    Saved with the email. Of two processes that try to send the same reminder, the database refuses the second.
    """

    offset_minutes = models.PositiveIntegerField(_("minutes before"))
    starts_at = models.DateTimeField(_("start of the session at the time"))
    message = models.ForeignKey(  # of several reminders, if they left together
        Message, models.SET_NULL, null=True, blank=True, related_name="reminders", verbose_name=_("message")
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


class ReminderSkip(models.Model):
    """How many people were not reminded in a round that is done, for one reason."""

    class Reason(models.TextChoices):
        CANCELLED = SkipReason.CANCELLED, _("the session is cancelled")
        TENTATIVE = SkipReason.TENTATIVE, _("the session is tentative")
        SWITCHED_OFF = SkipReason.SWITCHED_OFF, _("reminders are switched off")
        NO_SEAT = SkipReason.NO_SEAT, _("no seat in the session")
        NOT_COMING = SkipReason.NOT_COMING, _("said that they do not come in person")
        EXCUSED = SkipReason.EXCUSED, _("excused, or attendance already decided")
        MUTED = SkipReason.MUTED, _("gets reminders of core sessions only")
        REGISTERED_LATER = SkipReason.REGISTERED_LATER, _("registered later")
        COVERED = SkipReason.COVERED, _("has just been sent the new time")
        CHANGING = SkipReason.CHANGING, _("must be sent a change first")
        QUIET = SkipReason.QUIET, _("quiet hours: in the morning, or with the next reminder")
        TOO_LATE = SkipReason.TOO_LATE, _("could not be sent in time")

    round = models.ForeignKey(ReminderRound, models.CASCADE, related_name="skips", verbose_name=_("round"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    n_people = models.PositiveIntegerField(_("people"))

    class Meta:
        verbose_name = _("skipped reminders")
        verbose_name_plural = _("skipped reminders")
        constraints = [models.UniqueConstraint(fields=["round", "reason"], name="reminder_skip_once_for_a_reason")]

    def __str__(self) -> str:
        return f"{self.round}: {self.get_reason_display()}, {self.n_people}"
