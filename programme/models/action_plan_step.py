"""The steps in which the cities of an edition write their Action Plans (decision 68)."""

import hashlib
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from programme.models.session import Session
from programme.rules.action_plans import EARLIEST_DUE
from programme.rules.editions import SLUG_PATTERN
from programme.triggers import renews_its_edition
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import LineField, ParagraphsField
from udtacademy.db.history import tracked


@tracked()
class ActionPlanStep(models.Model):
    """A step of an edition's Action Plans, with guidance. It is due before its session, and moves with it."""

    is_technical: ClassVar[bool] = True  # not listed among what is deleted with an edition

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="steps", verbose_name=_("edition"))
    slug = models.SlugField(_("web address"), max_length=60)
    title = LineField(_("step"), max_length=120)
    guidance = ParagraphsField(_("guidance"), blank=True)
    session = models.ForeignKey(
        Session, models.SET_NULL, null=True, blank=True, related_name="steps", verbose_name=_("session")
    )
    days_before = models.PositiveSmallIntegerField(
        _("days before"), default=0, help_text=_("How many days before the session it is due; 0: when it starts.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("step of the Action Plan")
        verbose_name_plural = _("steps of the Action Plan")
        ordering = ["edition", "position", "pk"]
        constraints = [
            *of_one_edition("session"),
            models.UniqueConstraint(
                fields=["edition", "slug"],
                name="step_slug_unique_in_edition",
                violation_error_message=_("The edition already has a step with this web address."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="step_with_edition"),  # what parts refer to
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN),
                name="step_slug_is_lower_case",
                violation_error_message=_("Use only lower-case letters, digits and single hyphens in a web address."),
            ),
            models.CheckConstraint(
                condition=Q(days_before__lte=EARLIEST_DUE),
                name="step_days_before_are_few",
                violation_error_message=_("Enter at most 120 days."),
            ),
        ]
        triggers = [renews_its_edition()]

    def __str__(self) -> str:
        return self.title

    @property
    def seen(self) -> str:
        """Return a token of what it says, by which somebody who changes it says what they have read."""
        said = (self.title, self.guidance, self.session_id, self.days_before, self.position)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


class ActionPlanDueTold(models.Model):
    """Until when a step is to be submitted, as cities were last told, or as it was when it was first seen to have a date."""

    is_technical: ClassVar[bool] = True

    step = models.OneToOneField(ActionPlanStep, models.CASCADE, related_name="due_told", verbose_name=_("step"))
    due_at = models.DateTimeField(_("due"))

    class Meta:
        verbose_name = _("due date that cities were told")
        verbose_name_plural = _("due dates that cities were told")
        ordering = ["step"]

    def __str__(self) -> str:
        return f"{self.step}: {self.due_at:%Y-%m-%d}"
