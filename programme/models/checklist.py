from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from programme.models.edition import Edition
from udtacademy.accounts.models.user import User
from udtacademy.db.history import tracked


class ChecklistItemQuerySet(models.QuerySet["ChecklistItem"]):
    def open(self) -> Self:
        return self.filter(ticked_at=None)


@tracked()
class ChecklistItem(models.Model):
    """Something to check in an edition that was copied from another one, until somebody ticks it.

    `detail`: what it is about, such as titles of sessions; empty if it speaks for itself.
    """

    class Kind(models.TextChoices):
        DATES = "dates", _("Check the dates of the sessions. All are to be confirmed")
        WEEKDAYS = "weekdays", _("Check the weekdays. They are not those of the last edition")
        CLOCKS = "clocks", _("Check the times of sessions that start when the clocks go forward")
        NO_DAY = "no_day", _("Enter the dates of sessions that have none")
        VENUE = "venue", _("Confirm the venue and its rooms")
        REGISTRATION = "registration", _("Check when registration opens and closes")
        CHOICE = "choice", _("Check when choosing tracks opens and closes")
        TEXTS = "texts", _("Check the texts. They may still speak of the last edition")
        LINKS = "links", _("Add the meeting links")
        CITIES = "cities", _("Add the cities")
        COORDINATORS = "coordinators", _("Enter the coordinators’ email addresses and invite them")
        PUBLICATION = "publication", _("Publish the edition")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="checklist", verbose_name=_("edition"))
    kind = models.CharField(_("item"), max_length=20, choices=Kind)
    detail = models.TextField(_("about"), blank=True, default="")
    ticked_at = models.DateTimeField(_("ticked"), null=True, blank=True)
    ticked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("ticked by")
    )

    objects = ChecklistItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("checklist item")
        verbose_name_plural = _("checklist items")
        ordering = ["edition", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "kind"], name="checklist_item_once_in_edition"),
            models.CheckConstraint(
                condition=Q(ticked_by__isnull=True) | Q(ticked_at__isnull=False),
                name="checklist_item_ticked_by_somebody_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        label = self.get_kind_display()
        return _now("%(item)s: %(detail)s") % {"item": label, "detail": self.detail} if self.detail else label

    @property
    def is_ticked(self) -> bool:
        return self.ticked_at is not None
