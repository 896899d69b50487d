"""Requests about sessions: excuses, make-ups, corrections."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models.about import AboutOnePerson
from attendance.triggers import waits_for_seal
from udtacademy.accounts.models import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import validate_readable
from udtacademy.db.history import tracked


class ExcuseQuerySet(models.QuerySet["Excuse"]):
    def asked(self) -> Self:
        """Return the requests that wait for a decision, the oldest first."""
        return self.filter(state=Excuse.State.ASKED).order_by("asked_at", "pk")

    def approved(self) -> Self:
        return self.filter(state=Excuse.State.APPROVED)

    def with_people(self) -> Self:
        relations = ("participant__user", "participant__delegation__city", "participant__edition__venue")
        return self.select_related(*relations, "session__edition", "decided_by", "asked_by")


@tracked()
class Excuse(AboutOnePerson):
    """A request about a session: an excuse, a make-up, or a correction of what is recorded."""

    class Kind(models.TextChoices):
        EXCUSE = "excuse", _("excuse")
        RECORDING = "recording", _("make-up: watched the recording")
        OTHER_DATE = "other_date", _("make-up: on another date")
        CORRECTION = "correction", _("correction: I was there")

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for a decision")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    kind = models.CharField(_("request"), max_length=10, choices=Kind)
    reason = models.TextField(_("reason"), max_length=1000, validators=[validate_readable])
    answer = models.TextField(_("answer to the question"), max_length=1000, blank=True, validators=[validate_readable])
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
        help_text=_("The coordinator who asked for a colleague; empty if they asked themselves."),
    )
    asked_at = models.DateTimeField(_("requested"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decision_reason = models.CharField(_("organiser's answer"), max_length=1000, blank=True)

    objects = ExcuseQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests (excuses and make-ups)")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            *of_one_edition("participant", "session"),
            models.UniqueConstraint(
                fields=["participant", "session"],
                condition=Q(state="asked"),
                name="excuse_one_open_at_a_time",
                violation_error_message=_(
                    "You have already sent a request about this session. Wait for the decision, or withdraw it."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(kind="recording") | ~Q(answer=""),
                name="excuse_recording_has_an_answer",
                violation_error_message=_("Answer the question about the recording."),
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decision_reason=""),
                name="excuse_declined_with_a_reason",
                violation_error_message=_("Enter a reason for declining the request."),
            ),
        ]
        triggers = [
            waits_for_seal("excuse", condition="new_rows.decided_at IS NOT NULL"),
            waits_for_seal(
                "excuse",
                operation=pgtrigger.Update,
                condition="old_rows.decided_at IS NULL AND new_rows.decided_at IS NOT NULL",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == self.State.ASKED
