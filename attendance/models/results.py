"""The results of an edition that its organisers have published (decision 77)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models import Edition
from programme.triggers import renews_its_edition
from udtacademy.accounts.models import User
from udtacademy.db.history import tracked


@tracked()
class PublishedResults(models.Model):
    """The figures of an edition as they were when its organisers published them. Deleting the row takes the page back."""

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="results", verbose_name=_("edition"))
    figures = models.JSONField(_("figures"))
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("published by"))

    class Meta:
        verbose_name = _("published results")
        verbose_name_plural = _("published results")
        ordering = ["edition"]
        triggers = [renews_its_edition()]

    def __str__(self) -> str:
        return str(self.edition)
