"""Organisers' decisions."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import AboutOnePerson
from attendance.rules import attendance
from attendance.triggers import keeps_every_row, waits_for_seal
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition


class DecisionQuerySet(models.QuerySet["Decision"]):
    def latest_first(self) -> Self:
        return self.order_by("-pk")

    def current(self) -> Self:
        """Return the last decision about each person and session, including those that lift an earlier one."""
        return self.order_by("participant_id", "session_id", "-pk").distinct("participant_id", "session_id")


class Decision(AboutOnePerson):
    """An organiser's decision about a person and a session. The last one counts; rows are added, never changed.

    Decisions made together share a `batch`, so that they can be undone together.
    """

    class Outcome(models.TextChoices):
        PRESENT = attendance.DecidedOutcome.PRESENT, _("present")
        COUNTS = attendance.DecidedOutcome.COUNTS, _("partly present, counts")
        EXCUSED = attendance.DecidedOutcome.EXCUSED, _("excused")
        MADE_UP = attendance.DecidedOutcome.MADE_UP, _("made up")
        ABSENT = attendance.DecidedOutcome.ABSENT, _("absent")
        LIFTED = attendance.DecidedOutcome.LIFTED, _("follow the evidence")

    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome)
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    before = models.CharField(_("before"), max_length=10, blank=True)
    batch = models.UUIDField(default=uuid.uuid4)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-decided_at", "-pk"]
        indexes = [
            models.Index(fields=["session", "participant", "-id"], name="decision_of_a_cell"),
            models.Index(fields=["batch"], name="decision_batch"),
        ]
        constraints = [
            *of_one_edition("participant", "session"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="decision_has_a_reason",
                violation_error_message=_("Enter a reason."),
            ),
        ]
        triggers = [*keeps_every_row(), waits_for_seal("decision")]
