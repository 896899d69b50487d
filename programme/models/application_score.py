"""How organisers judge applications: criteria, scores, conflicts of interest and notes (decision 57)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.application import Application
from programme.models.edition import Edition
from programme.rules.applications import HIGHEST, HIGHEST_WEIGHT
from udtacademy.accounts.models.user import User
from udtacademy.db.composite_keys import of_one_edition
from udtacademy.db.fields import LineField
from udtacademy.db.history import tracked


@tracked()
class ApplicationCriterion(models.Model):
    """A criterion by which an edition's organisers score applications, from 0 to 5 points."""

    is_technical = True

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="criteria", verbose_name=_("edition"))
    name = LineField(_("criterion"), max_length=120)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, help_text=_("How much it counts. Criteria with 0 do not count.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["edition", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "edition",
                Lower("name"),
                name="criterion_name_unique_in_edition",
                violation_error_message=_("The edition already has a criterion with this name."),
            ),
            models.UniqueConstraint(fields=["id", "edition"], name="criterion_with_edition"),  # what scores refer to
            models.CheckConstraint(
                condition=Q(weight__lte=HIGHEST_WEIGHT),
                name="criterion_weight_is_small",
                violation_error_message=_("Enter a weight from 0 to 100."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class ApplicationScore(models.Model):
    """The points that one organiser gives an application for one criterion. Deleted once they declare a conflict."""

    is_technical = True

    application = models.ForeignKey(Application, models.CASCADE, related_name="scores", verbose_name=_("application"))
    criterion = models.ForeignKey(
        ApplicationCriterion, models.RESTRICT, related_name="scores", verbose_name=_("criterion")
    )
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+", verbose_name=_("edition"))
    scorer = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("organiser"))
    points = models.PositiveSmallIntegerField(_("points"))
    scored_at = models.DateTimeField(_("scored"), default=timezone.now)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["application", "criterion", "scorer"]
        constraints = [
            *of_one_edition("application", "criterion"),
            models.UniqueConstraint(fields=["application", "criterion", "scorer"], name="score_once_for_criterion"),
            models.CheckConstraint(condition=Q(points__lte=HIGHEST), name="score_is_on_the_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.criterion} {self.points}"


@tracked()
class ApplicationConflict(models.Model):
    """An organiser's conflict of interest: they neither score the application, nor see others' scores of it, nor decide about it."""

    is_technical = True

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="conflicts", verbose_name=_("application")
    )
    organiser = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("organiser"))
    reason = models.CharField(_("reason"), max_length=500)
    declared_at = models.DateTimeField(_("declared"), default=timezone.now)

    class Meta:
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        ordering = ["application", "declared_at"]
        constraints = [models.UniqueConstraint(fields=["application", "organiser"], name="conflict_declared_once")]

    def __str__(self) -> str:
        return f"{self.application}: {self.organiser}"


@tracked()
class ApplicationNote(models.Model):
    """What an organiser notes about an application. The city never sees it."""

    is_technical = True

    application = models.ForeignKey(Application, models.CASCADE, related_name="notes", verbose_name=_("application"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    text = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.application}: {self.author}"
