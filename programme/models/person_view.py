from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from programme.models.participant import Participant
from udtacademy.accounts.models.user import User


class PersonView(models.Model):
    """That an organiser looked at a page of a participant as the participant sees it, and when. Never changed."""

    participant = models.ForeignKey(Participant, models.CASCADE, related_name="views", verbose_name=_("participant"))
    page = models.CharField(_("page"), max_length=40)
    seen_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("seen by"))
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("view of a person's page")
        verbose_name_plural = _("views of a person's pages")
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.participant}: {self.page}"
