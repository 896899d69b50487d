from django.db import models
from django.utils.translation import gettext_lazy as _

from attendance.triggers import moves_its_session
from programme.history import tracked
from programme.models import Session


@tracked()
class TaughtTime(models.Model):
    """When a session was really taught, where that differs from the plan: attendance is measured against it."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="taught", verbose_name=_("session"))
    starts_at = models.DateTimeField(_("began"))
    ends_at = models.DateTimeField(_("ended"))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name = _("taught time")
        verbose_name_plural = _("taught times")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="taught_time_ends_after_it_starts",
                violation_error_message=_("It ended after it began."),
            ),
        ]
        triggers = [moves_its_session()]

    def __str__(self) -> str:
        return str(self.session)
