"""Action Plans: one for each delegation, in parts, of which every version is kept (decision 68)."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.action_plan_step import ActionPlanStep
from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.rules.action_plans import PartState
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.history import tracked

LABELS = {
    PartState.DRAFT: _("draft"),
    PartState.SUBMITTED: _("submitted"),
    PartState.FEEDBACK: _("feedback given"),
    PartState.FINAL: _("final"),
}
NOT_STARTED = _("not started")


class ActionPlanQuerySet(models.QuerySet["ActionPlan"]):
    def shared(self) -> Self:
        """Return the plans that the other cities of the edition may read and comment on."""
        return self.filter(is_shared=True)

    def released(self) -> Self:
        """Return the plans that everybody may read, in the results of their edition."""
        return self.filter(is_released=True)


@tracked()
class ActionPlan(models.Model):
    """A city's plan. `is_shared`: the delegation agrees that the other cities of the edition read what it has submitted; `is_released`:
    that everybody reads it, on the page of the edition's results.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="action_plans", verbose_name=_("edition"))
    delegation = models.OneToOneField(
        Delegation, models.CASCADE, related_name="action_plan", verbose_name=_("delegation")
    )
    is_shared = models.BooleanField(_("shared with the other cities"), default=False)
    is_released = models.BooleanField(_("released for everybody"), default=False, db_default=False)

    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("Action Plan")
        verbose_name_plural = _("Action Plans")
        ordering = ["edition", "delegation"]
        constraints = [
            *of_one_edition("delegation"),
            models.UniqueConstraint(fields=["id", "edition"], name="action_plan_with_edition"),
        ]

    def __str__(self) -> str:
        return str(self.delegation)


@tracked()
class ActionPlanPart(models.Model):
    """What a city has written for one step; there is none before its first version.

    `n_versions`: the number of the last version. `submitted`: that of the version which other cities read, with the files until then.
    """

    is_technical: ClassVar[bool] = True

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="parts", verbose_name=_("Action Plan"))
    step = models.ForeignKey(ActionPlanStep, models.RESTRICT, related_name="parts", verbose_name=_("step"))
    state = models.CharField(
        _("state"), max_length=9, choices=[(it.value, label) for it, label in LABELS.items()], default=PartState.DRAFT
    )
    state_at = models.DateTimeField(_("since"), default=timezone.now)
    n_versions = models.PositiveIntegerField(_("versions"), default=0)
    submitted = models.PositiveIntegerField(_("submitted version"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)

    class Meta:
        verbose_name = _("part of an Action Plan")
        verbose_name_plural = _("parts of Action Plans")
        ordering = ["plan", "step"]
        constraints = [
            *of_one_edition("plan", "step"),
            models.UniqueConstraint(fields=["plan", "step"], name="part_once_for_step"),
            models.CheckConstraint(
                condition=Q(state=PartState.DRAFT) | Q(submitted__isnull=False, submitted_at__isnull=False),
                name="part_was_submitted",
            ),
            models.CheckConstraint(
                condition=Q(submitted__isnull=True) | Q(submitted__range=(1, models.F("n_versions"))),
                name="part_submitted_version_is_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.step}"

    @property
    def progress(self) -> PartState:
        return PartState(self.state)


class ActionPlanVersion(models.Model):
    """A version of a part, from 1. It is never changed; it goes with its part, and its author's name with the author."""

    is_technical: ClassVar[bool] = True

    part = models.ForeignKey(ActionPlanPart, models.CASCADE, related_name="versions", verbose_name=_("part"))
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"), blank=True)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("version of an Action Plan")
        verbose_name_plural = _("versions of Action Plans")
        ordering = ["part", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="version_number_once_in_part"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_from_one"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="versions_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("part_id", "number", "text", "written_at"),  # type: ignore[no-untyped-call]
                func="RAISE EXCEPTION 'versions are added to, never changed' USING ERRCODE = 'restrict_violation';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.number}"
